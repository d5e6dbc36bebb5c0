import Domain
import Foundation
import Sandbox
import TestSupport
import Testing

@testable import Senders

/// The sandbox as Twilio, SendGrid and FCM, called by our own adapters.
@Suite struct VendorFormTests {
    static let device = String(repeating: "t", count: 120)

    static func twilio(_ port: UInt16) throws -> any HTTPAdapter {
        try TwilioAdapter(
            json: #"""
                {"account_sid":"AC1","auth_token":"x","from":"+15005550006","base_url":"http://127.0.0.1:\#(port)",
                "callback_url":"http://127.0.0.1/cb","internal":true\#(Patience.http())}
                """#)
    }

    static func fcm(_ port: UInt16, timeout: Int = Patience.milliseconds) throws -> any HTTPAdapter {
        let key = try PythonOracle.json("crypto.py", ["sign"]).first?["private"] ?? .null
        return try FCMAdapter(
            json: #"""
                {"service_account":{"project_id":"p","private_key":\#(key.text),"client_email":"x@p"},
                "token_uri":"http://127.0.0.1:\#(port)/token","base_url":"http://127.0.0.1:\#(port)",
                "timeout_ms":\#(timeout)\#(Patience.http(besides: #""timeout_ms""#)),"internal":true}
                """#)
    }

    static func send(
        _ adapter: any HTTPAdapter, _ sandbox: SandboxFixture, _ channel: Channel, to recipients: [String]
    ) async -> [Outcome] {
        var batch = MessageBatch(channel: channel, category: .transactional)
        for (place, recipient) in recipients.enumerated() {
            let start = batch.bytes.count
            batch.bytes += Array("\(recipient)Hello".utf8)
            batch.messages.append(
                MessageBatch.Message(
                    id: MessageID(rawValue: 1 + Int64(place)), attempt: 1, region: .none, segments: 1,
                    to: FieldRange(start: start, count: recipient.utf8.count), subject: .empty,
                    text: FieldRange(start: start + recipient.utf8.count, count: 5), rich: .empty))
        }
        let ready = batch
        return await HTTPProvider(name: "x", adapter: adapter, loop: sandbox.loop).send(ready) { true }
    }

    static func logged(_ test: (SandboxFixture) async throws -> [Outcome]) async throws -> (
        [Outcome], [SandboxFixture.Line]
    ) {
        let path = SandboxFixture.temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = SandboxFixture.withoutEnd
        options.logPath = path
        let outcomes = try await SandboxFixture.run(options, test)
        return (outcomes, try SandboxFixture.lines(path).sorted { $0.id < $1.id })
    }

    static func phone(_ verdict: SandboxVerdict) -> String {
        MagicRecipient.phone(countryPrefix: "+65", verdict) ?? ""
    }

    @Test func twiliosAnswersAreThoseOfTwilio() async throws {
        let (outcomes, lines) = try await Self.logged { sandbox in
            await Self.send(
                try Self.twilio(sandbox.server.port), sandbox, .sms,
                to: ["+6591234567", Self.phone(.permanent), Self.phone(.temporary), Self.phone(.throttled)])
        }
        #expect(outcomes[1] == .permanent(reason: "invalid_recipient (twilio 21211)"))
        #expect(outcomes[2] == .temporary(reason: "provider_busy (twilio 20503)"))
        #expect(outcomes[3] == .throttled(after: .seconds(1)))
        #expect(lines.map(\.to).first == "+6591234567")
        #expect(lines.map(\.id) == ["1", "2", "3", "4"])
        #expect(lines.map(\.taken) == [true, false, false, false])
        #expect(lines[0].reference.count == 34 && lines[0].reference.hasPrefix("SM"))
        #expect(outcomes[0] == .sent(reference: lines[0].reference, cost: nil))
    }

    @Test(arguments: [(Channel.voice, "CA"), (.whatsapp, "SM")])
    func twilioTakesCallsAndWhatsApp(channel: Channel, prefix: String) async throws {
        let (outcomes, lines) = try await Self.logged { sandbox in
            await Self.send(try Self.twilio(sandbox.server.port), sandbox, channel, to: ["+6591234567"])
        }
        #expect(outcomes == [.sent(reference: lines[0].reference, cost: nil)])
        #expect(lines[0].reference.hasPrefix(prefix) && lines[0].to == "+6591234567")
    }

    @Test func firebasesAnswersAreThoseOfFirebase() async throws {
        let recipients =
            [Self.device]
            + [SandboxVerdict.permanent, .temporary, .serverError, .garbage, .truncated].map {
                Self.device + Self.phone($0).dropFirst()
            }
        let (outcomes, lines) = try await Self.logged { sandbox in
            await Self.send(try Self.fcm(sandbox.server.port), sandbox, .push, to: recipients)
        }
        #expect(outcomes[0] == .sent(reference: lines[0].reference, cost: nil))
        #expect(outcomes[1] == .permanent(reason: "unregistered (fcm UNREGISTERED)"))
        #expect(outcomes[2] == .temporary(reason: "provider_busy (fcm UNAVAILABLE)"))
        #expect(outcomes[3...].map(\.kind) == [.inDoubt, .inDoubt, .inDoubt])
        #expect(lines.map(\.taken) == [true, false, false, false, true, true])
        #expect(lines.map(\.key) == (1...6).map { "\($0)-herald" })
        #expect(lines[0].reference.hasPrefix("projects/p/messages/"))
    }

    /// A far end that hangs, breaks off or drips does so in every form.
    @Test(arguments: [SandboxVerdict.hang, .reset, .inDoubt, .drip, .late, .oversize])
    func faultsOfTheWireComeInAVendorsFormToo(verdict: SandboxVerdict) async throws {
        let (outcomes, lines) = try await withGrowingTimeOut(
            from: SandboxFixture.impatience * 3, until: { $0.0.map(\.kind) == [.sent, .inDoubt] && $0.1.count == 2 }
        ) { timeOut in
            try await Self.logged { sandbox in
                // The token comes first: only messages meet the fault.
                let adapter = try Self.fcm(sandbox.server.port, timeout: timeOut)
                let first = await Self.send(adapter, sandbox, .push, to: [Self.device])
                _ = sandbox.call("POST", "/control", #"{"mode":"\#(verdict.rawValue)","count":1}"#)
                return first + (await Self.send(adapter, sandbox, .push, to: [Self.device]))
            }
        }
        #expect(outcomes.map(\.kind) == [.sent, .inDoubt])
        #expect(lines.map(\.taken) == [true, true])
    }

    static let mail =
        #""from":{"email":"a@b.example"},"subject":"s","content":[{"type":"text/plain","value":"x"}]"#

    static func mail(to addresses: [String]) -> String {
        let people = addresses.enumerated().map {
            #"{"to":[{"email":"\#($0.element)"}],"custom_args":{"herald_id":"\#($0.offset + 1)"}}"#
        }
        return #"{"personalizations":[\#(people.joined(separator: ","))],\#(mail)}"#
    }

    static func sendGrid(_ sandbox: SandboxFixture, _ body: String, headers: String = "Authorization: Bearer SG.x\r\n")
        -> String
    {
        sandbox.call("POST", "/v3/mail/send", body, headers: headers)
    }

    @Test func ourOwnSendGridAdapterKeepsTheRecipientsApart() async throws {
        let people = ["a@x.example", "bounce@x.example", "c@x.example"]
        let (outcomes, lines) = try await Self.logged { sandbox in
            let adapter = try SendGridAdapter(
                json: #"""
                    {"api_key":"SG.x","from":"shop@b.example","base_url":"http://127.0.0.1:\#(sandbox.server.port)",
                    "internal":true\#(Patience.http())}
                    """#)
            let first = await Self.send(adapter, sandbox, .email, to: people)
            return first + (await Self.send(adapter, sandbox, .email, to: [people[0], people[2]]))
        }
        #expect(outcomes.map(\.kind) == [.temporary, .permanent, .temporary, .sent, .sent])
        #expect(outcomes[1].reason.hasPrefix("invalid_recipient (sendgrid"))
        #expect(lines.filter(\.taken).map(\.to).sorted() == [people[0], people[2]])
        #expect(lines.filter { !$0.taken }.map(\.id).sorted() == ["1", "2", "3"])
        for line in lines where line.taken { #expect(outcomes[4] == .sent(reference: line.reference, cost: nil)) }
    }

    @Test func sendGridTakesAllOfARequestUnderOneReference() async throws {
        let (_, lines) = try await Self.logged { sandbox in
            let reply = Self.sendGrid(sandbox, Self.mail(to: ["a@x.example", "b@x.example", "c@x.example"]))
            #expect(reply.hasPrefix("HTTP/1.1 202") && reply.contains("X-Message-Id: sandbox"))
            #expect(sandbox.call("GET", "/log/count").contains(#""calls":3,"taken":3"#))
            return []
        }
        #expect(lines.map(\.id) == ["1", "2", "3"])
        #expect(lines.map(\.n).sorted() == [1, 2, 3])
        #expect(lines.map(\.to) == ["a@x.example", "b@x.example", "c@x.example"])
        #expect(Set(lines.map(\.reference)).count == 1)
    }

    @Test func oneBadRecipientRefusesSendGridsWholeRequest() async throws {
        let (_, lines) = try await Self.logged { sandbox in
            let reply = Self.sendGrid(sandbox, Self.mail(to: ["a@x.example", "bounce@x.example", "c@x.example"]))
            #expect(reply.hasPrefix("HTTP/1.1 400"))
            #expect(reply.contains(#""field":"personalizations.1.to.0.email""#))
            return []
        }
        #expect(lines.count == 3 && lines.allSatisfy { !$0.taken && $0.answered == "bounce" })
    }

    @Test func aFaultOnDemandHoldsForOneRequestAndAllItsRecipients() async throws {
        let (_, lines) = try await Self.logged { sandbox in
            _ = sandbox.call("POST", "/control", #"{"mode":"throttled","count":1}"#)
            let body = Self.mail(to: ["a@x.example", "b@x.example"])
            let first = Self.sendGrid(sandbox, body)
            #expect(first.hasPrefix("HTTP/1.1 429") && first.contains("Retry-After: 1"))
            #expect(Self.sendGrid(sandbox, body).hasPrefix("HTTP/1.1 202"))
            return []
        }
        #expect(lines.filter(\.taken).count == 2 && lines.count == 4)
    }

    @Test(arguments: [
        ("{", "Bad Request"), ("{}", "personalizations field is required"),
        (#"{"personalizations":[{}],\#(mail)}"#, "personalizations.0.to"),
        (#"{"personalizations":[{"to":[{"email":"x"}]}],\#(mail)}"#, "personalizations.0.to.0.email"),
        (#"{"personalizations":[{"to":[{"email":"a@b"}]}],"from":{"email":"a@b"}}"#, "content parameter is required"),
    ])
    func sendGridNamesWhatIsWrong(body: String, problem: String) async throws {
        try await SandboxFixture.run { sandbox in
            let reply = Self.sendGrid(sandbox, body)
            #expect(reply.hasPrefix("HTTP/1.1 400") && reply.contains(problem))
            #expect(sandbox.call("GET", "/log/count").contains(#""calls":0"#))
        }
    }

    @Test func withoutCredentialsNoVendorTakesAnything() async throws {
        try await SandboxFixture.run { sandbox in
            #expect(Self.sendGrid(sandbox, Self.mail(to: ["a@b.example"]), headers: "").hasPrefix("HTTP/1.1 401"))
            let twilio = sandbox.call(
                "POST", "/2010-04-01/Accounts/AC1/Messages.json", "To=%2B6591234567&From=x&Body=y")
            #expect(twilio.hasPrefix("HTTP/1.1 401") && twilio.contains(#""code":20003"#))
            let fcm = sandbox.call("POST", "/v1/projects/p/messages:send", #"{"message":{"token":"t"}}"#)
            #expect(fcm.hasPrefix("HTTP/1.1 401") && fcm.contains("UNAUTHENTICATED"))
            #expect(sandbox.call("POST", "/token", "grant_type=password").contains("unsupported_grant_type"))
            let jwt = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
            #expect(sandbox.call("POST", "/token", jwt + "&assertion=a.b").contains("invalid_grant"))
            #expect(sandbox.call("POST", "/token", jwt + "&assertion=a.b.c").contains("access_token"))
            #expect(sandbox.call("GET", "/log/count").contains(#""calls":0"#))
        }
    }
}
