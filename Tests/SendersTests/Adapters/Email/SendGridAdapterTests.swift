import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct SendGridAdapterTests {
    static let settings = #""api_key":"SG.key","from":"Acme <news@acme.example>""#
    static let taken = "X-Message-Id: 14c5d75ce93.dfd.64b469\r\n"

    static func refused(_ field: String, _ message: String = "wrong") -> String {
        #"{"errors":[{"message":"\#(message)","field":\#(field),"help":null}]}"#
    }

    static let contract = AdapterContract(
        kind: "sendgrid", settings: settings, codes: SendGridAdapter.codes, batch: emailBatch([Mail()]),
        replies: [
            ReplyCase("accepted", 202, "", .sent(reference: "14c5d75ce93.dfd.64b469", cost: nil), headers: taken),
            ReplyCase("taken without a reference", 202, "", .inDoubt(reason: "unclear_reply (sendgrid 202)")),
            ReplyCase(
                "too many requests", 429, refused("null", "too many requests"), .throttled(after: .seconds(1))),
            ReplyCase(
                "no credits", 401, refused("null", "Maximum credits exceeded"),
                .temporary(reason: "account_refused (sendgrid credits)")),
            ReplyCase(
                "an unverified sender", 403, refused(#""from""#),
                .temporary(reason: "sender_refused (sendgrid from)")),
            ReplyCase(
                "no address", 400, refused(#""personalizations.0.to.0.email""#),
                .permanent(reason: "invalid_recipient (sendgrid personalizations.to.email)")),
            ReplyCase(
                "no subject", 400, refused(#""subject""#), .permanent(reason: "content_refused (sendgrid subject)")),
            ReplyCase("too large", 413, "", .permanent(reason: "too_large (sendgrid 413)")),
            ReplyCase("lost inside", 500, "", .inDoubt(reason: "provider_error (sendgrid 500)")),
        ])

    @Test func passesTheContract() async throws {
        var contract = Self.contract
        let line = try #require(try PythonOracle.json("email_vendors.py", ["events"]).first)
        contract.settings += #","webhook_key":"\#(try #require(line["key"]?.stringValue))""#
        contract.receipts = [
            ReceiptCase(
                name: "a bounce", callback: try Self.callback(line),
                events: [
                    status(
                        .bouncedHard, "14c5d75ce93.dfd.64b469", "14c5d75ce93",
                        "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
                        reason: "invalid_recipient (sendgrid 5.0.0)")
                ])
        ]
        try await contract.check()
    }

    static func callback(_ line: JSON) throws -> ProviderCallback {
        SendersTests.callback(
            "sendgrid", try #require(line["body"]?.stringValue),
            headers: [
                ("X-Twilio-Email-Event-Webhook-Signature", try #require(line["signature"]?.stringValue)),
                ("X-Twilio-Email-Event-Webhook-Timestamp", try #require(line["timestamp"]?.stringValue)),
            ])
    }

    @Test func signaturesAreJudgedAsByTheVendorsOwnVerifier() throws {
        let lines = try PythonOracle.json("email_vendors.py", ["events"])
        #expect(lines.contains { $0["genuine"]?.boolValue == true })
        #expect(lines.contains { $0["genuine"]?.boolValue == false })
        for line in lines {
            let key = try #require(line["key"]?.stringValue)
            let reader = try #require(
                try ProviderCatalogue.callbacks(
                    kind: "sendgrid", settings: "{\(Self.settings),\"webhook_key\":\"\(key)\"}"))
            let verdict = reader.verify(try Self.callback(line), now: noon)
            #expect((verdict == .genuine) == (line["genuine"]?.boolValue ?? false))
            #expect(reader.verify(try Self.callback(line), now: noon + .seconds(301)) != .genuine, "a replay")
        }
    }

    /// SendGrid takes nothing of a request with one wrong field, and says whose it was.
    @Test func oneBadAddressCostsOnlyItself() async throws {
        let found = try await Self.contract.exchange(emailBatch(people(3))) {
            $0.answer(status: 400, Self.refused(#""personalizations.1.to.0.email""#))
        }
        let other = Outcome.temporary(reason: "provider_error (sendgrid 400 for another message)")
        #expect(
            found.outcomes == [
                other, .permanent(reason: "invalid_recipient (sendgrid personalizations.to.email)"), other,
            ])
        let general = try await Self.contract.exchange(emailBatch(people(2))) {
            $0.answer(status: 400, Self.refused(#""from.email""#))
        }
        let sender = Outcome.temporary(reason: "sender_refused (sendgrid from.email)")
        #expect(general.outcomes == [sender, sender])
    }

    /// What is too long for substitutions still goes together where it is the same for all.
    @Test func longTextsGoTogetherOnlyWhereTheyAreTheSame() async throws {
        let long = String(repeating: "x", count: 12_000)
        let same = (0..<5).map { Mail(to: "p\($0)@example.com", text: long) }
        let own = (0..<5).map { Mail(to: "p\($0)@example.com", text: long + "\($0)") }
        for (mails, requests) in [(same, 1), (own, 5), (people(1000), 1), (people(1001), 2), ([Mail(), Mail()], 2)] {
            let found = try await Self.contract.exchange(emailBatch(mails)) {
                $0.answer(status: 202, "", headers: Self.taken)
            }
            #expect(found.requests.count == requests)
            #expect(found.outcomes.count == mails.count && found.outcomes.allSatisfy { $0.kind == .sent })
        }
    }

    @Test func everyKindOfEventIsRead() throws {
        func read(_ members: String) throws -> [ReceiptEvent] {
            let reader = try #require(try SendGridAdapterTests.reader())
            return try reader.events(
                SendersTests.callback(
                    "sendgrid",
                    #"[{"email":"ann@example.com","timestamp":1700000000,"sg_message_id":"a.recv","herald_id":"1000",\#(members)}]"#
                ))
        }
        #expect(try read(#""event":"processed""#) == [status(.sent, "a", "a.recv")])
        #expect(try read(#""event":"delivered""#) == [status(.delivered, "a", "a.recv")])
        #expect(try read(#""event":"deferred""#) == [])
        #expect(try read(#""event":"spamreport""#) == [status(.complained, "a", "a.recv")])
        #expect(try read(#""event":"group_unsubscribe""#) == [status(.unsubscribed, "a", "a.recv")])
        #expect(try read(#""event":"open""#) == [status(.opened, "a", "a.recv")])
        #expect(
            try read(#""event":"bounce","type":"blocked","reason":"554 5.7.1 blocked using Spamhaus","status":"5.7.1""#)
                == [status(.bouncedSoft, "a", "a.recv", reason: "provider_error (sendgrid 5.7.1)")])
        #expect(
            try read(#""event":"dropped","reason":"Bounced Address""#)
                == [status(.bouncedHard, "a", "a.recv", reason: "invalid_recipient (sendgrid bounced address)")])
        #expect(
            try read(#""event":"dropped","reason":"Unsubscribed Address""#)
                == [status(.failed, "a", "a.recv", reason: "opted_out (sendgrid unsubscribed address)")])
    }

    private static func reader() throws -> (any CallbackReader)? {
        let key = try PythonOracle.json("email_vendors.py", ["events"]).first?["key"]?.stringValue ?? ""
        return try ProviderCatalogue.callbacks(kind: "sendgrid", settings: "{\(settings),\"webhook_key\":\"\(key)\"}")
    }
}
