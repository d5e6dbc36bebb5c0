import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

/// Our requests against those that the vendors' own libraries make of the same messages.
@Suite struct EmailRequestTests {
    private static let captured = Result { try PythonOracle.json("email_vendors.py", ["requests"]) }

    static let cases = ["sendgrid", "brevo", "brevo one", "ses", "ses one"]

    @Test(arguments: cases) func theRequestIsThatOfTheVendorsLibrary(_ name: String) async throws {
        let line = try #require(try Self.captured.get().first { $0["name"]?.stringValue == name })
        var mails = (line["people"]?.arrayValue ?? []).map { person in
            Mail(
                to: person["to"]?.stringValue ?? "", subject: person["subject"]?.stringValue ?? "",
                text: person["text"]?.stringValue ?? "", html: person["html"]?.stringValue ?? "")
        }
        #expect(mails.count == 2)
        if name.hasSuffix("one") { mails.removeLast() }
        let kind = String(name.prefix { $0 != " " })
        let (own, codes) = try #require(Self.accounts[kind])
        let contract = AdapterContract(
            kind: kind,
            settings: own + #","from":"Acme <news@acme.example>","reply_to":"help@acme.example","#
                + #""unsubscribe_url":"https://acme.example/u/{{id}}""#, codes: codes, replies: [])
        var batch = emailBatch(mails, category: .marketing)
        let content = try #require(line["file"]?["content"]?.stringValue.flatMap { Base64.decode(Array($0.utf8)) })
        batch.attachments = [
            Attachment(name: try #require(line["file"]?["name"]?.stringValue), type: "application/pdf", bytes: content)
        ]
        let found = try await contract.exchange(batch) { $0.answer("{}") }
        let (head, body) = AdapterContract.parts(try #require(found.requests.first))
        #expect(found.requests.count == 1)
        let path = try #require(line["path"]?.stringValue)
        // The library's base address ends in the version.
        #expect(head.hasPrefix("POST \(kind == "brevo" ? "/v3" : "")\(path) HTTP/1.1\r\n"))
        #expect(Self.sorted(Self.withoutKey(try JSON.parse(body))) == Self.sorted(try #require(line["body"])))
        for header in ["authorization", "api-key", "content-type"] {
            guard let value = line["headers"]?[header]?.stringValue else { continue }
            // The signature is of another time and place.
            let expected = value.hasPrefix("AWS4") ? "AWS4-HMAC-SHA256 Credential=AKID/" : value
            #expect(
                head.split(separator: "\r\n").contains {
                    $0.lowercased().hasPrefix("\(header): \(expected.lowercased())")
                })
        }
    }

    private static let accounts: [String: (String, VendorCodes)] = [
        "sendgrid": (#""api_key":"SG.key""#, SendGridAdapter.codes),
        "brevo": (#""api_key":"xkeysib-1""#, BrevoAdapter.codes),
        "ses": (
            #""access_key_id":"AKID","secret_access_key":"secret","region":"eu-west-1","configuration_set":"set""#,
            AmazonSESAdapter.codes
        ),
    ]

    /// The library of SendGrid turns the order of the messages round.
    private static func sorted(_ body: JSON) -> JSON {
        guard var object = body.objectValue, let all = object["personalizations"]?.arrayValue else { return body }
        object["personalizations"] = .array(all.sorted { ($0["to"]?.text ?? "") < ($1["to"]?.text ?? "") })
        return .object(object)
    }

    /// Ours has a key that no library makes by itself.
    private static func withoutKey(_ body: JSON) -> JSON {
        guard var object = body.objectValue, var headers = object["headers"]?.objectValue else { return body }
        headers["idempotencyKey"] = nil
        object["headers"] = .object(headers)
        return .object(object)
    }
}
