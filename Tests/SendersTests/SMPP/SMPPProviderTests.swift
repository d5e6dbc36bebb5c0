import Domain
import TestSupport
import Testing

@testable import Senders

/// The provider against a real SMSC.
@Suite struct SMPPProviderTests {
    /// Sends to recipients through a fresh provider and hands out what the SMSC said of it.
    private func send(
        _ recipients: [String], _ text: String = "Hello", from: String = "Herald", settings: String = "",
        smsc arguments: [String] = [], lasting lifetime: Duration? = nil, ownSenders: [String] = [],
        witness: TestWitness = TestWitness()
    ) async throws -> (outcomes: [Outcome], said: [JSON]) {
        let smsc = try SMSCProcess(arguments)
        let loop = try SMPPLoop()
        let provider = SMPPProvider(name: "telco", config: try SMPPConfig(json: smsc.settings(settings)), loop: loop)
        var batch = testBatch(to: recipients, text: text, from: from)
        batch.expiresAt = lifetime.map { Timestamp.now + $0 }
        for (place, sender) in ownSenders.enumerated() {
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: sender.utf8)
            batch.messages[place].from = FieldRange(start: start, count: sender.utf8.count)
        }
        let outcomes = await provider.send(batch, witness: witness)
        loop.stop()
        return (outcomes, try smsc.stop())
    }

    private func reference(_ outcome: Outcome) -> String? {
        if case .sent(let reference, _) = outcome { reference } else { nil }
    }

    @Test(arguments: ["transceiver", "transmitter", "separate"]) func sendsInEveryKindOfBind(bind: String) async throws
    {
        let (outcomes, said) = try await send(["+6591110001", "+6591110002"], settings: #","bind":"\#(bind)""#)
        #expect(outcomes.compactMap(reference) == said.compactMap { $0["id"]?.stringValue } && outcomes.count == 2)
        let first = try #require(said.first)
        #expect(first["to"] == "6591110001" && first["destinationType"] == "INTERNATIONAL")
        #expect(
            first["source"] == "Herald" && first["sourceType"] == "ALPHANUMERIC" && first["sourcePlan"] == "UNKNOWN")
        #expect(first["text"] == "48656c6c6f" && first["coding"] == "SMSC_DEFAULT_ALPHABET")
        #expect(first["registered"] == "SMSC_DELIVERY_RECEIPT_REQUESTED")
        #expect(first["bind"] == .string(bind == "transceiver" ? "bind_transceiver" : "bind_transmitter"))
    }

    @Test func aReceiverSendsNothing() async throws {
        let (outcomes, said) = try await send(["+6591110001"], settings: #","bind":"receiver""#)
        #expect(outcomes == [.notSent(reason: "no_connection (smpp: this account only receives)")] && said.isEmpty)
    }

    @Test func everyStatusBecomesItsOutcome() async throws {
        let codes = SMPPStatus.known.filter { $0 < 0x100 }
        let recipients = codes.map { "+65911" + "1" + String(1000 + $0).dropFirst() }
        // One at a time: what throttles would slow the others, which is not what this is about.
        let witness = TestWitness()
        let (outcomes, _) = try await send(recipients, settings: #","throttle_wait_ms":700"#, witness: witness)
        for (code, outcome) in zip(codes, outcomes) {
            let status = SMPPStatus(code)
            switch status.kind {
            case .permanent: #expect(outcome == .permanent(reason: "\(status.word) (smpp \(code))"))
            case .temporary: #expect(outcome == .temporary(reason: "\(status.word) (smpp \(code))"))
            case .throttled: #expect(outcome == .throttled(after: .milliseconds(700)))
            }
        }
        #expect(witness.calls.count == codes.count && witness.begun == codes.count)
        let call = try #require(witness.calls.first { $0.status == 11 })
        #expect(call.kind == .permanent && String(decoding: call.reply, as: UTF8.self) == "RINVDSTADR")
    }

    @Test func settingsMayMeanOtherwise() async throws {
        let (outcomes, _) = try await send(
            ["+6591111069", "+6591111011"], settings: #","permanent":[69],"throttled":[11]"#)
        #expect(outcomes == [.permanent(reason: "provider_error (smpp 69)"), .throttled(after: .seconds(1))])
    }

    static let texts = [
        "short", "", "€uro {braces}", "Привет 😀",
        String(repeating: "a", count: 152) + "€" + String(repeating: "b", count: 200),
        String(repeating: "я", count: 66) + "😀" + String(repeating: "ж", count: 90),
        String(repeating: "x", count: 1000),
        String(repeating: "x", count: 160), String(repeating: "x", count: 161),
    ]

    /// The whole text out of the parts again, as a phone does it.
    private func joined(_ said: [JSON], header: Int) -> [UInt8] {
        said.sorted { Int($0["id"]?.stringValue ?? "") ?? 0 < Int($1["id"]?.stringValue ?? "") ?? 0 }.flatMap { part in
            let text = PythonOracle.bytes(hex: part["text"]?.stringValue?[...] ?? "")
            return Array(text.dropFirst(part["udh"] == true ? header : 0))
        }
    }

    @Test(arguments: texts, ["udh8", "udh16", "sar"]) func longTextsArriveWhole(text: String, how: String) async throws
    {
        let (outcomes, said) = try await send(["+6591110000"], text, settings: #","long_messages":"\#(how)""#)
        let utf8 = Array(text.utf8)
        var segments = SegmentedText()
        segments.encode(utf8.span, joined: how == "udh16" ? .long : .short)
        #expect(said.count == segments.count)
        #expect(joined(said, header: how == "udh16" ? 7 : 6) == segments.bytes)
        let ids = said.compactMap { $0["id"]?.stringValue }
        #expect(outcomes.compactMap(reference).map { SMPPReference.parts($0).map(String.init) } == [ids])
        for (index, part) in said.enumerated() {
            #expect(part["coding"] == (segments.encoding == .ucs2 ? "UCS2" : "SMSC_DEFAULT_ALPHABET"))
            let bytes = PythonOracle.bytes(hex: part["text"]?.stringValue?[...] ?? "")
            #expect(segments.encoding == .gsm7 ? bytes.count <= 160 : bytes.count <= 140)
            guard segments.count > 1 else {
                #expect(part["udh"] == false)
                continue
            }
            switch how {
            case "udh8":
                #expect(bytes[..<3] == [5, 0, 3] && bytes[4...5] == [UInt8(segments.count), UInt8(index + 1)])
            case "udh16":
                #expect(bytes[..<3] == [6, 8, 4] && bytes[5...6] == [UInt8(segments.count), UInt8(index + 1)])
            default:
                let sar = part["sar"]?.arrayValue
                #expect(sar?[1] == .int(Int64(segments.count)) && sar?[2] == .int(Int64(index + 1)))
            }
        }
    }

    @Test func aPayloadIsOneSubmit() async throws {
        let text = String(repeating: "x", count: 1000)
        let (outcomes, said) = try await send(["+6591110000"], text, settings: #","long_messages":"payload""#)
        #expect(outcomes.compactMap(reference) == ["11259137"])
        #expect(said.count == 1 && said[0]["payload"]?.stringValue == String(repeating: "78", count: 1000))
    }

    @Test func validityIsTold() async throws {
        let (_, said) = try await send(["+6591110000"], settings: #","validity":93784,"service_type":"CMT""#)
        let validity = try #require(said.first?["validity"]?.stringValue)
        #expect(validity.contains("years=0, months=0, days=1, hours=2, minutes=3, seconds=4"))
        #expect(said.first?["service"] == "CMT")
    }

    /// Later it would be worth nothing, and the SMSC would still be trying.
    @Test(arguments: [("", true), (#","validity":93784"#, true), (#","validity":"theirs""#, false)])
    func theMessagesOwnEndIsTold(settings: String, isTold: Bool) async throws {
        let (_, said) = try await send(["+6591110000"], settings: settings, lasting: .seconds(7140))
        let validity = said.first?["validity"]?.stringValue ?? ""
        #expect(validity.contains("days=0, hours=1") == isTold, "\(validity)")
    }

    @Test func messagesOfOneBatchMayHaveSendersOfTheirOwn() async throws {
        let (_, said) = try await send(
            ["+6591110001", "+6591110002", "+6591110003"], ownSenders: ["Acme", "", "+4479"])
        let senders = Dictionary(
            said.map { ($0["to"]?.stringValue ?? "", $0["source"]?.stringValue) },
            uniquingKeysWith: { first, _ in first })
        #expect(senders == ["6591110001": "Acme", "6591110002": "Herald", "6591110003": "4479"])
    }

    @Test func aThrottledPartIsSubmittedAgain() async throws {
        // The first part of all is throttled; by then the others are on their way and taken.
        let text = String(repeating: "x", count: 400)
        let (outcomes, said) = try await send(["+6591112088"], text)
        let references = try #require(outcomes.compactMap(reference).first)
        #expect(SMPPReference.parts(references).count == 3 && said.count == 4)
        #expect(references.hasPrefix(said[3]["id"]?.stringValue ?? "?"))
    }

    @Test func throttlingSlowsDownAndLosesNothing() async throws {
        let smsc = try SMSCProcess(["--rate", "40"])
        let loop = try SMPPLoop()
        let provider = SMPPProvider(name: "telco", config: try SMPPConfig(json: smsc.settings()), loop: loop)
        var rest = (0..<150).map { "+6591110\(100 + $0)" }.filter { !"123456".contains($0.dropLast(3).last ?? "0") }
        let total = rest.count
        var sent = 0
        for _ in 0..<1000 where !rest.isEmpty {
            let outcomes = await provider.send(testBatch(to: rest), witness: TestWitness())
            sent += outcomes.count { reference($0) != nil }
            #expect(outcomes.filter { $0.kind != .sent && $0.kind != .throttled } == [])
            rest = zip(rest, outcomes).filter { reference($0.1) == nil }.map(\.0)
        }
        loop.stop()
        let said = try smsc.stop()
        #expect(sent == total && said.count < 4 * total)
    }

    @Test func receiptsAndRepliesReachTheSinkAndAreAcknowledged() async throws {
        for bind in ["transceiver", "separate"] {
            let smsc = try SMSCProcess()
            let loop = try SMPPLoop()
            // The first try is not stored: the SMSC has to send it again.
            let sink = RecordingSink(wanted: 2) { $0 != 1 }
            let config = try SMPPConfig(json: smsc.settings(#","bind":"\#(bind)""#))
            let provider = SMPPProvider(name: "telco", config: config, loop: loop, sink: sink)
            let outcomes = await provider.send(testBatch(to: ["+6591115000"]), witness: TestWitness())
            _ = await provider.send(testBatch(to: ["+6591116000"], text: "STOP €"), witness: TestWitness())
            let callbacks = await sink.wait()
            // What was stored is acknowledged a moment later.
            try await eventually { try smsc.said().count { $0["acknowledged"] != nil } == 3 }
            loop.stop()
            let acknowledged = try smsc.stop().compactMap { $0["acknowledged"]?.stringValue }
            #expect(acknowledged.sorted() == ["ESME_ROK", "ESME_ROK", "ESME_RX_T_APPN"])
            let events = callbacks.flatMap(SMPPReceipts.read)
            let id = try #require(outcomes.compactMap(reference).first)
            let statuses = events.compactMap { if case .status(let status) = $0 { status } else { nil } }
            #expect(statuses.first?.references.contains(id) == true && statuses.first?.state == .delivered)
            #expect(statuses.first?.recipient == "+6591115000")
            let replies = events.compactMap { if case .reply(let reply) = $0 { reply } else { nil } }
            #expect(replies.map(\.text) == ["STOP €"] && replies.first?.from == "+6591116000")
            _ = provider
        }
    }

    /// What was sent before a restart has its receipts waiting, and nothing may be sent for hours.
    @Test func anAccountThatIsOpenedGetsReceiptsWithoutSending() async throws {
        let smsc = try SMSCProcess()
        let loop = try SMPPLoop()
        let sink = RecordingSink()
        let receiver = SMPPProvider(
            name: "in", config: try SMPPConfig(json: smsc.settings(#","bind":"receiver""#)), loop: loop, sink: sink)
        receiver.open()
        let sender = SMPPProvider(
            name: "out", config: try SMPPConfig(json: smsc.settings(#","bind":"transmitter""#)), loop: loop)
        _ = await sender.send(testBatch(to: ["+6591115000"]), witness: TestWitness())
        let callbacks = await sink.wait()
        #expect(callbacks.map(\.provider) == ["in"] && callbacks.map(\.kind) == ["smpp"])
        #expect(try SMPPCallbackReader().events(callbacks[0]).count == 1)
        loop.stop()
        try smsc.stop()
    }

    @Test func noAnswerInTimeIsInDoubt() async throws {
        // The bind and the second message are answered in this time.
        let (outcomes, said, witness) = try await withGrowingTimeOut(
            from: 400, until: { $0.0.map(\.kind) == [.inDoubt, .sent] }
        ) { timeOut -> ([Outcome], [JSON], TestWitness) in
            let witness = TestWitness()
            let (outcomes, said) = try await send(
                ["+6591113000", "+6591110001"], settings: #","response_timeout_ms":\#(timeOut)"#, witness: witness)
            return (outcomes, said, witness)
        }
        #expect(outcomes[0] == .inDoubt(reason: "time_out (smpp: no answer)") && reference(outcomes[1]) != nil)
        #expect(said.count == 2 && witness.calls.count == 2 && witness.begun == 2)
    }

    @Test func aCutConnectionLeavesADoubtAndIsMadeAnew() async throws {
        let smsc = try SMSCProcess()
        let loop = try SMPPLoop()
        let config = try SMPPConfig(json: smsc.settings(#","window":1,"reconnect_max_ms":60"#))
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        let witness = TestWitness()
        let outcomes = await provider.send(
            testBatch(to: ["+6591110001", "+6591114000", "+6591110002"]), witness: witness)
        #expect(reference(outcomes[0]) != nil && outcomes[1].kind == .inDoubt)
        // The third was never written: it goes back, or out over the new session.
        #expect(outcomes[2].kind == .notSent || outcomes[2].kind == .sent)
        try await eventually {
            let later = await provider.send(testBatch(to: ["+6591110003"]), witness: witness)
            #expect(later[0].kind == .sent || later[0].kind == .notSent)
            return later[0].kind == .sent
        }
        loop.stop()
        let said = try smsc.stop()
        #expect(said.count == 3 + (outcomes[2].kind == .sent ? 1 : 0) && witness.calls.count == witness.begun)
    }

    @Test func wrongCredentialsAreTheAccountsFault() async throws {
        let smsc = try SMSCProcess()
        let loop = try SMPPLoop()
        let witness = TestWitness()
        for (user, password, status) in [("u", "wrong", 14), ("nobody", "p", 15)] {
            let config = try SMPPConfig(
                json: #"""
                    {"host":"127.0.0.1","port":\#(smsc.port),"internal":true,"system_id":"\#(user)","password":"\#(password)",
                    "connect_timeout_ms":\#(Patience.milliseconds),"response_timeout_ms":\#(Patience.milliseconds)}
                    """#)
            let provider = SMPPProvider(name: "telco", config: config, loop: loop)
            let outcomes = await provider.send(testBatch(to: ["+6591110001", "+6591110002"]), witness: witness)
            #expect(outcomes == Array(repeating: .notSent(reason: "account_refused (smpp \(status))"), count: 2))
        }
        loop.stop()
        #expect(try smsc.stop().isEmpty && witness.calls.count == witness.begun)
    }

    @Test func privateAddressesAreRefusedUnlessTheProviderIsInternal() async throws {
        let smsc = try SMSCProcess()
        let loop = try SMPPLoop()
        let config = try SMPPConfig(json: #"{"host":"localhost","port":\#(smsc.port),"system_id":"u","password":"p"}"#)
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        let outcomes = await provider.send(testBatch(to: ["+6591110001"]), witness: TestWitness())
        #expect(outcomes[0].kind == .notSent)
        if case .notSent(let reason) = outcomes[0] { #expect(reason.contains("private address")) }
        loop.stop()
        #expect(try smsc.stop().isEmpty)
    }

    @Test func badRecipientsAndSendersNeverLeave() async throws {
        let witness = TestWitness()
        let (outcomes, said) = try await send(["not a number", "", "+6591110001"], witness: witness)
        #expect(outcomes[..<2].allSatisfy { $0 == .permanent(reason: "invalid_recipient (smpp: not a number)") })
        #expect(outcomes[2].kind == .sent && said.count == 1 && witness.begun == 1 && witness.calls.count == 1)
        let (refused, _) = try await send(["+6591110001"], from: "much too long a name", witness: witness)
        #expect(refused == [.permanent(reason: "sender_refused (smpp: the sender's form)")])
        #expect(witness.begun == witness.calls.count)
    }

    @Test func nothingIsWrittenWithoutLeave() async throws {
        let witness = TestWitness { false }
        let (outcomes, said) = try await send(["+6591110001", "+6591110002"], witness: witness)
        #expect(outcomes == Array(repeating: .notSent(reason: ProviderReason.leaseOver), count: 2) && said.isEmpty)
        #expect(witness.begun == witness.calls.count)
    }

    @Test func noMoreIsUnderWayThanIsAllowed() async throws {
        let (outcomes, lasted, timeOut, said) = try await withGrowingTimeOut(
            from: 300, until: { $0.0.allSatisfy { $0.kind == .inDoubt } }
        ) { timeOut -> ([Outcome], Duration, Int, [JSON]) in
            let smsc = try SMSCProcess()
            let loop = try SMPPLoop()
            let config = try SMPPConfig(json: smsc.settings(#","response_timeout_ms":\#(timeOut)"#))
            let provider = SMPPProvider(name: "telco", config: config, loop: loop, allowedInFlight: { 2 })
            // None is answered: one pair after the other comes to its end.
            let start = ContinuousClock.now
            let outcomes = await provider.send(
                testBatch(to: (0..<6).map { "+65\($0)1113000" }), witness: TestWitness())
            let lasted = start.duration(to: .now)
            loop.stop()
            return (outcomes, lasted, timeOut, try smsc.stop())
        }
        #expect(outcomes.allSatisfy { $0.kind == .inDoubt })
        #expect(lasted >= .milliseconds(3 * timeOut) && said.count == 6)
    }

    @Test func batchesShareTheConnections() async throws {
        let smsc = try SMSCProcess()
        let loop = try SMPPLoop()
        let config = try SMPPConfig(json: smsc.settings(#","window":10,"connections":3"#))
        let provider = SMPPProvider(name: "telco", config: config, loop: loop)
        let references = await withTaskGroup(of: [String].self) { group in
            for batch in 0..<6 {
                group.addTask {
                    let recipients = (0..<100).map { "+65\(batch)00\(1000 + $0)".replacing("1", with: "8") }
                    let outcomes = await provider.send(testBatch(to: recipients), witness: TestWitness())
                    #expect(outcomes.filter { $0.kind != .sent } == [])
                    return outcomes.compactMap(reference)
                }
            }
            return await group.reduce(into: [String]()) { $0 += $1 }
        }
        loop.stop()
        #expect(references.count == 600 && Set(references).count == 600)
        #expect(try smsc.stop().count == 600)
    }
}
