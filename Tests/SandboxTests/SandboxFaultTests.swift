import Domain
import Sandbox
import Senders
import TestSupport
import Testing

/// Every fault of the sandbox, as the HTTP provider sees it.
@Suite struct SandboxFaultTests {
    static let expected: [(SandboxVerdict, OutcomeKind)] = [
        (.accepted, .sent), (.permanent, .permanent), (.temporary, .temporary), (.temporaryOnce, .temporary),
        (.throttled, .throttled), (.throttledOnce, .throttled), (.inDoubt, .inDoubt), (.hang, .inDoubt),
        (.drip, .inDoubt), (.serverError, .inDoubt), (.garbage, .inDoubt), (.truncated, .inDoubt), (.reset, .inDoubt),
        (.late, .inDoubt), (.redirect, .temporary), (.oversize, .inDoubt),
    ]

    /// Most of those in doubt never answer; everybody else has all the time a busy machine may take.
    private static func patiently(
        _ kind: OutcomeKind, _ attempt: (_ timeOut: Int) async throws -> [Outcome]
    ) async throws -> [Outcome] {
        guard kind == .inDoubt else { return try await attempt(SandboxFixture.patience) }
        return try await withGrowingTimeOut(
            from: SandboxFixture.impatience, until: { $0.allSatisfy { $0.kind == .inDoubt } }, attempt)
    }

    @Test func everyVerdictIsExpected() {
        #expect(Set(Self.expected.map(\.0)) == Set(SandboxVerdict.allCases))
    }

    @Test(arguments: expected) func byMagicRecipient(verdict: SandboxVerdict, kind: OutcomeKind) async throws {
        var recipients = ["\(verdict.rawValue)@example.com"]
        if let phone = MagicRecipient.phone(countryPrefix: "+65", verdict) { recipients.append(phone) }
        let isOnce = verdict == .temporaryOnce || verdict == .throttledOnce
        for (attempt, expected) in [(1, kind), (2, isOnce ? .sent : kind)] as [(Int16, OutcomeKind)] {
            let outcomes = try await Self.patiently(kind) { timeOut in
                try await SandboxFixture.run(SandboxFixture.withoutEnd) { sandbox in
                    let outcomes = try await sandbox.send(to: recipients, timeout: timeOut, attempt: attempt)
                    guard outcomes.allSatisfy({ $0.kind == expected }) else { return outcomes }
                    let taken = expected == .sent || verdict.isTaken ? recipients.count : 0
                    let counts = "\"calls\":\(recipients.count),\"taken\":\(taken),"
                    // Who gave up waiting may be ahead of the server.
                    try await eventually { sandbox.call("GET", "/log/count").contains(counts) }
                    return outcomes
                }
            }
            for outcome in outcomes { #expect(outcome.kind == expected, "\(outcome)") }
        }
    }

    @Test(arguments: expected) func byControl(verdict: SandboxVerdict, kind: OutcomeKind) async throws {
        let outcomes = try await Self.patiently(kind) { timeOut in
            try await SandboxFixture.run(SandboxFixture.withoutEnd) { sandbox in
                let answer = sandbox.call(
                    "POST", "/control", #"{"mode":"\#(verdict.rawValue)","count":1,"retry_after_ms":3500}"#)
                #expect(
                    answer.hasPrefix("HTTP/1.1 200") && answer.contains(#"{"mode":"\#(verdict.rawValue)","count":1}"#))
                let outcomes = try await sandbox.send(to: ["+6591234567"], timeout: timeOut)
                guard outcomes[0].kind == kind else { return outcomes }
                try await eventually { sandbox.call("GET", "/control").contains(#"{"mode":"normal"}"#) }
                #expect(try await sandbox.send(to: ["+6591234567"])[0].kind == .sent)
                return outcomes
            }
        }
        #expect(outcomes.map(\.kind) == [kind])
        if kind == .throttled { #expect(outcomes == [.throttled(after: .seconds(4))]) }
    }

    @Test func dripEndsWhenThereIsTime() async throws {
        var options = SandboxOptions()
        options.faults.dripInterval = .milliseconds(1)
        try await SandboxFixture.run(options) { sandbox in
            let outcomes = try await sandbox.send(to: ["drip@example.com"])
            #expect(OutcomeKind(outcomes[0]) == .sent)
        }
    }

    @Test func lateAnswerComesAfterAll() async throws {
        var options = SandboxOptions()
        options.faults.lateness = .milliseconds(50)
        try await SandboxFixture.run(options) { sandbox in
            let outcomes = try await sandbox.send(to: ["late@example.com"])
            #expect(OutcomeKind(outcomes[0]) == .sent)
        }
    }

    @Test func hangingConnectionIsLetGo() async throws {
        var options = SandboxOptions()
        options.faults.hang = .milliseconds(20)
        try await SandboxFixture.run(options) { sandbox in
            #expect(sandbox.call("POST", "/send", #"{"to":"hang@example.com"}"#).isEmpty)
        }
    }

    /// Once-faults also work for callers that do not say which attempt it is.
    @Test func onceFaultsWithoutAttempts() async throws {
        try await SandboxFixture.run { sandbox in
            let body = #"{"id":"7","to":"temporary-once@example.com"}"#
            #expect(sandbox.call("POST", "/send", body).hasPrefix("HTTP/1.1 503"))
            #expect(sandbox.call("POST", "/send", body).hasPrefix("HTTP/1.1 200"))
            #expect(
                sandbox.call("POST", "/send", #"{"id":"8","to":"throttled-once@example.com"}"#).contains(
                    "Retry-After: 1\r\n"))
        }
    }

    /// With the same seed, the provider in the process and the server refuse the same messages.
    @Test func serverAndProcessBehaveAlike() async throws {
        var options = SandboxOptions()
        options.settings.temporaryRate = 0.3
        options.settings.permanentRate = 0.2
        options.settings.seed = 5
        options.settings.pricePerSegment = Currency("EUR").map { Money(micros: 65_000, currency: $0) }
        let settings = options.settings
        try await SandboxFixture.run(options) { sandbox in
            let recipients = (0..<200).map { "+65912345\(10 + $0 % 90)" }
            let overHTTP = try await sandbox.send(to: recipients)
            var batch = MessageBatch(channel: .sms, category: .otp)
            batch.bytes = Array("+6591234567".utf8)
            for index in 0..<200 {
                batch.messages.append(
                    MessageBatch.Message(
                        id: MessageID(rawValue: 1 + Int64(index)), attempt: 1, region: .none, segments: 2,
                        to: FieldRange(start: 0, count: 11), subject: .empty, text: .empty, rich: .empty))
            }
            let inProcess = await SandboxProvider(settings: settings).send(batch) { true }
            #expect(overHTTP.map(OutcomeKind.init) == inProcess.map(OutcomeKind.init))
            for case .sent(_, let cost) in overHTTP { #expect(cost?.micros == 130_000 && cost?.currency.code == "EUR") }
        }
    }
}
