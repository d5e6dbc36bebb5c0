import TestSupport
import Testing

@testable import Senders

@Suite struct SMPPStatusTests {
    private static let words: Set<String> = [
        ProviderReason.invalidRecipient, ProviderReason.contentRefused, ProviderReason.senderRefused,
        ProviderReason.accountRefused, ProviderReason.routeRefused, ProviderReason.tooLarge,
        ProviderReason.rateLimited, ProviderReason.providerBusy, ProviderReason.providerError,
    ]

    /// Every status that the oracle's encoder knows by name, up to the broadcast commands of 5.0.
    @Test func theStandardsStatusesAreAllInTheTable() throws {
        var judged = 0
        for line in try PythonOracle.lines("servers/smpp_statuses.py") {
            let fields = line.split(separator: "\t")
            let code = try #require(UInt32(fields[0]))
            let status = SMPPStatus(code)
            #expect("ESME_" + status.name == fields[1])
            #expect(Self.words.contains(status.word))
            judged += 1
        }
        #expect(judged >= 45)
        #expect(SMPPStatus.known.count == judged)
    }

    @Test func aDoubtfulAccountNeverEndsAMessage() {
        for code in SMPPStatus.known where SMPPStatus(code).word == ProviderReason.accountRefused {
            #expect(SMPPStatus(code).kind == .temporary)
        }
    }

    @Test(arguments: [0x14, 0x58] as [UInt32]) func onlyRatesThrottle(code: UInt32) {
        #expect(SMPPStatus.known.filter { SMPPStatus($0).kind == .throttled } == [0x14, 0x58])
    }

    @Test(arguments: [0x10, 0x68, 0x3FF, 0x400, 0x4FF, 0x500, .max] as [UInt32])
    func statusesThatNobodyKnowsMayPass(code: UInt32) {
        #expect(SMPPStatus(code).kind == .temporary)
        #expect(SMPPStatus.reason(code) == "unclear_reply (smpp \(code))")
    }
}
