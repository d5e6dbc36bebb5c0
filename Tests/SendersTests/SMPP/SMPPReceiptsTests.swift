import Domain
import Testing

@testable import Senders

@Suite struct SMPPReceiptsTests {
    private static let arrival = Timestamp(micros: 1_700_000_000_000_000)

    /// A deliver_sm from +6591234567 to 77123.
    private func delivery(
        _ text: [UInt8], esmClass: UInt8 = 4, coding: UInt8 = 0, parameters: [UInt8] = [],
        contentType: String = "application/vnd.smpp; ids=any"
    ) -> ProviderCallback {
        var body: [UInt8] = [0, 1, 1] + Array("6591234567\0".utf8) + [3, 0] + Array("77123\0".utf8)
        body += [esmClass, 0, 0, 0, 0, 0, 0, coding, 0, UInt8(text.count)] + text + parameters
        let pdu = SessionDriver.PDU(command: SMPPCommand.deliver, sequence: 1, body: body)
        return ProviderCallback(
            provider: "telco", receivedAt: Self.arrival, kind: SMPPReceipts.kind, contentType: contentType,
            body: pdu.bytes)
    }

    private func status(_ callback: ProviderCallback) throws -> ReceiptStatus {
        let events = SMPPReceipts.read(callback)
        guard events.count == 1, case .status(let status) = events[0] else {
            Issue.record("no status: \(events)")
            throw NoStatus()
        }
        return status
    }

    private struct NoStatus: Error {}

    @Test func readsTheStandardsForm() throws {
        let text =
            "id:0123456789 sub:001 dlvrd:001 submit date:0811261434 done date:0811261436 stat:DELIVRD err:000 text:Hi"
        let status = try status(delivery(Array(text.utf8)))
        #expect(status.references.first == "0123456789" && status.state == .delivered && status.reason == "")
        #expect(status.recipient == "+6591234567" && status.at == nil)
    }

    @Test func readsTheDateWhereTheClockIsKnown() throws {
        let text = "id:1 done date:0811261436 stat:DELIVRD"
        let status = try status(delivery(Array(text.utf8), contentType: "application/vnd.smpp; ids=any; offset=480"))
        #expect(status.at?.description == "2008-11-26T06:36:00.000Z")
        let seconds = SMPPReceiptText(Array("done date:081126143659".utf8)).doneAt(offsetMinutes: 0)
        #expect(seconds?.description == "2008-11-26T14:36:59.000Z")
        for wrong in ["0813261436", "081126", "0811262436", "abc"] {
            #expect(SMPPReceiptText(Array("done date:\(wrong)".utf8)).doneAt(offsetMinutes: 0) == nil)
        }
    }

    static let forms = [
        "ID:ab12 SUB:001 STAT:undeliv ERR:042 Text:x",
        "stat:UNDELIV err:042 id:ab12",
        "id: ab12 stat: UNDELIV err: 042",
        "id:ab12 submit_date:0811261434 done_date:0811261434 stat:UNDELIV err:042 text:",
        "err:042 stat:UNDELIV id:ab12 text:your id:77 stat:DELIVRD",
    ]

    @Test(arguments: forms) func readsAnyOrderAndCase(text: String) throws {
        let status = try status(delivery(Array(text.utf8)))
        #expect(status.references.first == "ab12" && status.state == .undelivered)
        #expect(status.reason == "provider_error (smpp UNDELIV 042)")
    }

    static let states: [(String, UInt8, ReceiptState, String)] = [
        ("ENROUTE", 1, .sent, ""), ("DELIVRD", 2, .delivered, ""), ("EXPIRED", 3, .undelivered, "time_out"),
        ("DELETED", 4, .undelivered, "provider_error"), ("UNDELIV", 5, .undelivered, "provider_error"),
        ("ACCEPTD", 6, .sent, ""), ("UNKNOWN", 7, .sent, "unclear_reply"),
        ("REJECTD", 8, .undelivered, "route_refused"),
    ]

    @Test(arguments: states.indices) func knowsEveryState(index: Int) throws {
        let (word, number, state, reason) = Self.states[index]
        let text = try status(delivery(Array("id:1 stat:\(word)".utf8)))
        #expect(text.state == state && ProviderReason.word(of: text.reason) == reason)
        // receipted_message_id, message_state and network_error_code alone.
        let parameters: [UInt8] = [0, 0x1E, 0, 2, 0x37, 0, 4, 0x27, 0, 1, number, 4, 0x23, 0, 3, 3, 0, 42]
        let bare = try status(delivery([], esmClass: 0, parameters: parameters))
        #expect(bare.references == ["7", "00000007", "0000000007"] && bare.state == state)
        #expect(bare.reason == (reason.isEmpty ? "" : "\(reason) (smpp \(word) 3:42)"))
    }

    @Test func bothIdsAreLookedFor() throws {
        let parameters: [UInt8] = [0, 0x1E, 0, 3] + Array("2A\0".utf8)
        let status = try status(delivery(Array("id:0000000042 stat:DELIVRD".utf8), parameters: parameters))
        #expect(status.references.first == "2A" && status.references.contains("42"))
        #expect(status.references.contains("0000000042") && Set(status.references).count == status.references.count)
    }

    /// What was stored from the submit's answer, and what the receipt says of the same number.
    @Test(arguments: [
        ("ABCD01", "abcd01"), ("abcd01", "00ABCD01"), ("00abcd01", "ABCD01"), ("11259137", "ABCD01"),
        ("ABCD01", "11259137"), ("0011259137", "abcd01"), ("00ABCD01", "11259137"), ("abcd01", "0011259137"),
        ("18446744073709551615", "ffffffffffffffff"), ("MSG-7F", "msg-7f"), ("msg-7f", "Msg-7F"),
    ])
    func everyNotationIsFound(stored: String, told: String) {
        let found = ReferenceNotation.candidates(of: told, anyRadix: true)
        #expect(found.contains(stored))
        #expect(found.first == told && Set(found).count == found.count && found.count <= 16)
    }

    @Test func theOtherRadixIsOnlyTriedWhereAllowed() {
        #expect(!ReferenceNotation.candidates(of: "ABCD01", anyRadix: false).contains("11259137"))
        #expect(ReferenceNotation.candidates(of: "ABCD01", anyRadix: false).contains("00abcd01"))
        #expect(ReferenceNotation.candidates(of: "", anyRadix: true) == [])
        #expect(ReferenceNotation.candidates(of: "000", anyRadix: true) == ["000"])
    }

    private func reply(_ callback: ProviderCallback) -> InboundReply? {
        guard case .reply(let reply)? = SMPPReceipts.read(callback).first else { return nil }
        return reply
    }

    @Test func repliesAreRead() {
        let callback = delivery(Array("STOP".utf8), esmClass: 0)
        #expect(reply(callback) == InboundReply(from: "+6591234567", to: "77123", text: "STOP", at: Self.arrival))
    }

    @Test(
        arguments: [
            (0, [0x00, 0x20, 0x1B, 0x65, 0x1B, 0x28, 0x05], "@ €{é"), (8, [0x04, 0x21, 0xD8, 0x3D, 0xDE, 0x00], "С😀"),
            (3, [0x63, 0xE9], "cé"), (1, [0x40, 0xFF], "@?"), (0xF1, [0x40], "¡"),
        ] as [(UInt8, [UInt8], String)])
    func repliesAreDecoded(coding: UInt8, bytes: [UInt8], text: String) {
        #expect(reply(delivery(bytes, esmClass: 0, coding: coding))?.text == text)
    }

    @Test func aPartOfALongReplyComesWithoutItsHeader() {
        let callback = delivery([5, 0, 3, 7, 2, 1] + Array("STOP".utf8), esmClass: 0x40)
        #expect(reply(callback)?.text == "STOP")
    }

    /// A person could write what a receipt looks like.
    @Test func aReplyIsNeverAReceipt() {
        let text = "id:1 sub:001 dlvrd:001 stat:UNDELIV err:001"
        #expect(reply(delivery(Array(text.utf8), esmClass: 0))?.text == text)
    }

    @Test func whatSaysNothingIsNothing() {
        let good = delivery(Array("id:1 stat:DELIVRD".utf8))
        for count in 0..<good.body.count {
            var broken = good
            broken.body = Array(good.body.prefix(count))
            #expect(SMPPReceipts.read(broken) == [])
        }
        #expect(SMPPReceipts.read(delivery([1, 2, 3], esmClass: 0, coding: 4)) == [])
        #expect(SMPPReceipts.read(delivery(Array("stat:DELIVRD".utf8))) == [])
        #expect(SMPPReceipts.read(delivery(Array("ok".utf8), esmClass: 0x08)) == [])
    }
}
