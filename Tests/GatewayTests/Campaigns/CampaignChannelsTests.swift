import Domain
import Jobs
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// Campaigns that go by several channels.
@Suite(.database) struct CampaignChannelsTests {
    private static let template = """
        {"name":"both","channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"}},
         "variants":{"email":{"locales":{"en":{"subject":"Hi","text":"Hello {{ name }}"}}}}}
        """

    /// A template for two channels, made by the API, and a way for each.
    private func bench() async throws -> (CampaignBench, key: String) {
        let bench = try await CampaignBench()
        let key = try await bench.gateway.key([.sendMarketing, .campaignsWrite, .templatesWrite])
        let made = try await bench.call("POST", "/v1/templates", Self.template, key: key)
        #expect(made.status == 201 && made["variants"]?["email"]?["locales"] != nil, "\(made.text)")
        let providers = ProviderStore(database: bench.database, keys: bench.gateway.keys)
        let sandbox = try #require(try await providers.providers().first)
        _ = try await RouteStore(database: bench.database).store([
            RouteRule(channel: .email, targets: [RouteRule.Target(provider: sandbox.id)])
        ])
        await bench.gateway.services.contexts.forget()
        return (bench, key)
    }

    private static func form(_ channel: String) -> String {
        #"{"template":"both","category":"marketing","channel":\#(channel)}"#
    }

    private static let file = """
        phone,email,name
        +6591000001,,Ann
        ,bo@example.org,Bo
        +6591000003,cy@example.org,Cy
        ,,Di

        """

    @Test func whoHasNoAddressForTheFirstIsReachedOnTheNext() async throws {
        let (bench, key) = try await bench()
        let id = try await bench.draft(Self.form(#"["sms","email"]"#), key: key)
        let checked = try await bench.call(
            "POST", "/v1/campaigns/\(id)/check", Self.file, key: key, headers: [("Content-Type", "text/csv")])
        #expect(checked["accepted"]?.intValue == 3 && checked["has_route"]?.boolValue == true, "\(checked.text)")
        let filled = try await bench.fill(id, Self.file, key: key)
        #expect(filled["accepted"]?.intValue == 3 && filled["rejected"]?.intValue == 1, "\(filled.text)")
        #expect(filled["channels"]?.arrayValue?.map(\.stringValue) == ["sms", "email"])
        #expect(filled["cheapest"]?.boolValue == false)
        try await bench.gateway.run {
            #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start", key: key).status == 200)
            // Whoever has a further address is waited for: silence may send there too.
            try await eventually {
                try await bench.database.run { try $0.query("SELECT count(*) AS n FROM ledger")[0].int("n") } == 3
            }
        }
        let results = try await bench.call("GET", "/v1/campaigns/\(id)/results.csv", key: key)
        #expect(results.text.contains("bo@example.org") && results.text.contains("+6591000003"))
        let channels = try await bench.database.run { session in
            try session.query(
                "SELECT channel::bigint AS c, count(*) AS n FROM ledger GROUP BY channel ORDER BY channel"
            )
            .map { [try $0.int("c"), try $0.int("n")] }
        }
        #expect(channels == [[Int64(Channel.sms.code), 2], [Int64(Channel.email.code), 1]])
    }

    @Test func theCheapestIsChosenFromAllThatTheTemplateHas() async throws {
        let (bench, key) = try await bench()
        let whole = try await bench.call(
            "POST", "/v1/campaigns",
            #"{"template":"both","category":"marketing","channel":"cheapest","start":false,"recipients":[{"phone":"+6591000001","email":"a@example.org","name":"A"}]}"#,
            key: key)
        #expect(whole.status == 201 && whole["cheapest"]?.boolValue == true, "\(whole.text)")
        #expect(whole["channels"]?.arrayValue?.map(\.stringValue) == ["sms", "email"])
        let mute = try await bench.call(
            "POST", "/v1/campaigns", #"{"template":"spring","category":"marketing","channel":["sms","email"]}"#)
        #expect(mute.status == 422 && mute.field == "/channel", "\(mute.text)")
        let only = try await bench.call(
            "POST", "/v1/campaigns", #"{"template":"spring","category":"marketing","channel":"cheapest"}"#)
        #expect(only.status == 422 && only.field == "/channel", "\(only.text)")
    }

    @Test(arguments: [
        (#""email""#, "channel"), (#"["email","sms"]"#, "channel"), (#"["sms","email","chat","email"]"#, "channel"),
        (#"["sms","sms"]"#, "channel"), (#"[]"#, "choice"), (#""carrier pigeon""#, "choice"), (#"[1]"#, "choice"),
        (#"{"sms":true}"#, "choice"),
    ]) func whatTheTemplateCannotDoIsRefused(channel: String, rule: String) async throws {
        let (bench, key) = try await bench()
        let answer = try await bench.call("POST", "/v1/campaigns", Self.form(channel), key: key)
        #expect(answer.status == 422 && answer.rule == rule && answer.field == "/channel", "\(answer.text)")
    }

    /// Leave for one channel is none for the other, and an address that tells no country is in none of them.
    @Test func eachChannelNeedsLeave() async throws {
        let (bench, key) = try await bench()
        let rules = SourceRuleStore(database: bench.database)
        let audit = AuditOrigin(actor: "test", origin: "test")
        var sms = PermittedUse()
        sms.channels = [.sms]
        _ = try await rules.permit(sms, to: bench.gateway.acme.source, audit: audit)
        bench.gateway.services.access.forget()
        #expect(try await bench.call("POST", "/v1/campaigns", Self.form(#""sms""#), key: key).status == 201)
        let both = try await bench.call("POST", "/v1/campaigns", Self.form(#"["sms","email"]"#), key: key)
        #expect(both.status == 403 && both.rule == "use.channel", "\(both.text)")
        var email = PermittedUse()
        email.channels = [.email]
        email.countries = [try #require(Region("SG"))]
        _ = try await rules.permit(email, to: bench.gateway.acme.source, audit: audit)
        bench.gateway.services.access.forget()
        let id = try await bench.draft(Self.form(#"["sms","email"]"#), key: key)
        let filled = try await bench.fill(id, Self.file, key: key)
        #expect(filled["accepted"]?.intValue == 2, "\(filled.text)")
        let view = try await bench.call("GET", "/v1/campaigns/\(id)", key: key)
        #expect(view["reading"]?["repaired"]?["email_not_permitted"]?.intValue == 2, "\(view.text)")
    }
}
