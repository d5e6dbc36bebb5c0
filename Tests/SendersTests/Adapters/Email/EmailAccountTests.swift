import Domain
import TestSupport
import Testing

@testable import Senders

/// What holds for every email vendor.
@Suite struct EmailAccountTests {
    static let contracts: [AdapterContract] = [
        SendGridAdapterTests.contract, AmazonSESAdapterTests.contract, BrevoAdapterTests.contract,
    ]

    @Test(arguments: [0, 1, 2]) func marketingWithoutAWayOutNeverLeaves(_ index: Int) async throws {
        let found = try await Self.contracts[index].exchange(emailBatch(people(3), category: .marketing)) {
            $0.answer("{}")
        }
        #expect(found.requests.isEmpty)
        #expect(
            found.outcomes
                == Array(repeating: .permanent(reason: "content_refused (no unsubscribe_url)"), count: 3))
    }

    /// Refused ones leave no gap: the others go, each with its own outcome.
    @Test func whatIsRefusedHereIsLeftOutOfTheRequest() async throws {
        var mails = people(5)
        mails[0].to = "a@b.example,c@d.example"
        mails[2].text = ""
        mails[2].html = ""
        mails[4].to = "a\r\nBcc: x@y.example"
        let witness = TestWitness()
        let found = try await Self.contracts[0].exchange(emailBatch(mails), witness: witness) {
            $0.answer(status: 202, "", headers: SendGridAdapterTests.taken)
        }
        let address = Outcome.permanent(reason: "invalid_recipient (no address)")
        let sent = Outcome.sent(reference: "14c5d75ce93.dfd.64b469", cost: nil)
        #expect(found.outcomes == [address, sent, .permanent(reason: "content_refused (no text)"), sent, address])
        // The two are under way side by side.
        #expect(Set(witness.calls.map(\.places)) == [1..<2, 3..<4] && witness.calls.count == 2)
        #expect(!found.requests.contains { $0.contains("Bcc") })
    }

    @Test func aBatchsSenderIsAnAddressOrAName() async throws {
        for (from, expected) in [
            ("", #"{"email":"news@acme.example","name":"Acme"}"#),
            ("Acme Bank", #"{"email":"news@acme.example","name":"Acme Bank"}"#),
            ("Bank <bank@acme.example>", #"{"email":"bank@acme.example","name":"Bank"}"#),
            ("bank@acme.example", #"{"email":"bank@acme.example"}"#),
        ] {
            let found = try await Self.contracts[0].exchange(emailBatch([Mail()], from: from)) { $0.answer("{}") }
            #expect(try #require(found.requests.first).contains(#""from":"# + expected))
        }
        let refused = try await Self.contracts[0].exchange(emailBatch([Mail()], from: "a@b@c")) { $0.answer("{}") }
        #expect(refused.requests.isEmpty && refused.outcomes == [.permanent(reason: "sender_refused (no address)")])
    }

    @Test func nobodyIsWatchedUnlessThatIsAskedFor() async throws {
        for (settings, expected) in [("", "false"), (#""tracking":true"#, "true")] {
            let found = try await Self.contracts[0].exchange(emailBatch([Mail()]), settings: settings) {
                $0.answer("{}")
            }
            #expect(try #require(found.requests.first).contains(#""open_tracking":{"enable":\#(expected)}"#))
        }
    }

    @Test(arguments: [
        "http://acme.example/u/{{id}}", "https://acme.example/u", "https://acme.example/{{id}}{{id}}",
        "https://acme.example/{{id}}>, <https://x.example", "https://acme.example/\\r\\n{{id}}",
    ]) func anUnsubscribeAddressIsOneSafeAddress(_ url: String) {
        #expect(throws: ConfigError.self) {
            try ProviderCatalogue.check(
                kind: "sendgrid", settings: #"{"api_key":"k","from":"a@b.example","unsubscribe_url":"\#(url)"}"#)
        }
    }

    @Test func namesAreWrittenAsAHeaderWantsThem() throws {
        func header(_ text: String) throws -> String {
            String(decoding: try #require(EmailSender(text)).headerText, as: UTF8.self)
        }
        #expect(try header("a@b.example") == "a@b.example")
        #expect(try header("<a@b.example>") == "a@b.example")
        #expect(try header("Acme, Inc. <a@b.example>") == "\"Acme, Inc.\" <a@b.example>")
        #expect(try header("\"Acme \\ Co\" <a@b.example>") == "\"Acme \\\\ Co\" <a@b.example>")
        #expect(try header("Grüße <a@b.example>") == "=?UTF-8?B?R3LDvMOfZQ==?= <a@b.example>")
        let long = try header(String(repeating: "é", count: 60) + " <a@b.example>")
        #expect(long.split(separator: " ").allSatisfy { $0.count <= 75 })
        for text in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b,c@d", "x <a@b", "a@b>\r\n"] {
            #expect(EmailSender(text) == nil, "\(text)")
        }
    }
}
