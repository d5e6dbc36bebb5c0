import Domain
import TestSupport
import Testing

@testable import Senders

/// A message's own end and its own sender, as each provider is told of them.
@Suite struct LifetimeTests {
    private static func batch(lasting seconds: Int64?, from own: String = "") -> MessageBatch {
        var batch = testBatch(to: ["+6591110001"])
        batch.expiresAt = seconds.map { Timestamp.now + .seconds($0) }
        if !own.isEmpty {
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: own.utf8)
            batch.messages[0].from = FieldRange(start: start, count: own.utf8.count)
        }
        return batch
    }

    /// What a provider of one message a request was asked: path and body.
    private static func asked(_ kind: String, _ batch: MessageBatch) async throws -> String {
        func settings(_ own: String) -> (UInt16) -> String {
            { #"\#(own),"base_url":"http://127.0.0.1:\#($0)""# }
        }
        func run<A: VendorAdapter>(_ type: A.Type, _ own: String) async throws -> VendorRun {
            try await VendorRun.send(type, settings(own), batch) { _ in VendorRun.Answer(status: 500) }
        }
        let run =
            switch kind {
            case "twilio": try await run(TwilioAdapter.self, #""account_sid":"AC1","auth_token":"t","from":"+1""#)
            case "vonage": try await run(VonageAdapter.self, #""api_key":"k","api_secret":"s""#)
            case "messagebird": try await run(MessageBirdAdapter.self, #""access_key":"k""#)
            default: try await run(KannelAdapter.self, #""username":"u","password":"p""#)
            }
        let request = try #require(run.requests.first)
        return VendorRun.line(request) + VendorRun.body(request)
    }

    private static func number(after name: String, in text: String) -> Int64? {
        guard let place = text.firstRange(of: name)?.upperBound else { return nil }
        return Int64(text[place...].prefix { $0.isNumber })
    }

    /// An hour, in the provider's unit; what a slow machine takes is taken off.
    @Test(
        arguments: [
            ("twilio", "ValidityPeriod=", 1), ("vonage", "ttl=", 1000), ("messagebird", #""validity":"#, 1),
        ] as [(String, String, Int64)])
    func theMessagesOwnEndIsTold(kind: String, name: String, unit: Int64) async throws {
        let told = try #require(Self.number(after: name, in: try await Self.asked(kind, Self.batch(lasting: 3600))))
        #expect((1800 * unit...3600 * unit).contains(told))
        #expect(try await Self.asked(kind, Self.batch(lasting: nil)).contains(name) == false)
    }

    @Test func kannelCountsInMinutes() async throws {
        let told = Self.number(after: "validity=", in: try await Self.asked("kannel", Self.batch(lasting: 3600)))
        #expect((30...60).contains(try #require(told)))
    }

    /// A value beyond what the API takes would have the message refused.
    @Test func whatAnAPIDoesNotTakeIsNotTold() async throws {
        let twilio = try await Self.asked("twilio", Self.batch(lasting: 400_000))
        #expect(Self.number(after: "ValidityPeriod=", in: twilio) == 36_000)
        let vonage = try await Self.asked("vonage", Self.batch(lasting: 1))
        #expect(Self.number(after: "ttl=", in: vonage) == 20_000)
        #expect(Self.batch(lasting: 90 * 86_400).pushLifetime(at: .now) == 28 * 86_400)
        #expect(Self.batch(lasting: -5).lifetime() == 1)
    }

    @Test(arguments: ["twilio", "vonage", "messagebird", "kannel"])
    func aMessagesOwnSenderGoesBeforeTheBatchs(kind: String) async throws {
        let asked = try await Self.asked(kind, Self.batch(lasting: nil, from: "Acme7"))
        #expect(asked.contains("Acme7") && !asked.contains("Herald"))
    }
}
