import Domain
import Ingest
import Senders
import Storage
import TestDatabase
import Testing

@testable import Jobs

/// A file with numbers and email addresses, from the upload to what receipts lead to.
@Suite(.database) struct SeveralAddressesLedgerTests {
    @Test func bothAddressesAreKeptSealedAndFoundAndABounceIsTheEmailAddresss() async throws {
        let bench = try await ReceiptBench()
        let work = bench.bench
        let keys = work.keys
        let parties = PartyStore(database: work.database, keys: keys)
        let template = try await parties.addTemplate(
            tenant: work.tenant.id, name: "both", channel: .sms,
            content: """
                {"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"}},\
                "variants":{"email":{"default_locale":"en","locales":{"en":{"subject":"For {{ name }}","text":"Dear {{ name }}"}}}}}
                """)
        var request = CampaignRequest(
            tenant: work.tenant, template: template, name: "both", category: .transactional,
            input: .bytes(Array("phone,email,name\n+6591000000,a0@b.example,Ann\n+6591000001,a1@b.example,Bob\n".utf8)))
        request.channels = [.email]
        let campaign = try await CampaignUpload(database: work.database, keys: keys).send(request).campaign
        let stored = try #require(try await work.campaigns.campaign(campaign))
        #expect(try ColumnsRecord(json: stored.columns).channels == [.email])

        let sms = ScriptedProvider("alpha") { call in
            call.index == 1 ? .permanent(reason: "invalid_recipient") : .sent(reference: "s0", cost: nil)
        }
        let mail = ScriptedProvider("beta") { .sent(reference: "m\($0.index)", cost: nil) }
        let rules = [
            RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)]),
            RouteRule(channel: .email, targets: [RouteRule.Target(provider: 2)]),
        ]
        // The first is not followed: a receipt says at once that it was delivered.
        let worker = try work.worker(sms, mail, rules: rules)
        try await work.with(worker) {
            try await work.eventually { try await work.states(of: campaign) == [.sent: 2] }
        }
        #expect(mail.addressOf == [1: "a1@b.example"])
        let key = try await parties.key(of: work.tenant.id)
        let found = try await work.ledger.find(
            tenant: work.tenant.id, key: key, kind: .email, address: "a1@b.example")
        #expect(found.map(\.channel) == [.email] && found.map(\.recipient) == ["a1@b.example"])
        let byNumber = try await work.ledger.find(
            tenant: work.tenant.id, key: key, kind: .phone, address: "+6591000000")
        #expect(byNumber.map(\.channel) == [.sms])

        await bench.say(ReceiptStatus(references: ["m1"], state: .bouncedHard), as: "beta")
        try await bench.apply()
        let mailHash = key.recipients.recipient(.email, Array("a1@b.example".utf8).span)
        let suppressed = try await work.policy.suppressions(tenant: work.tenant.id, hash: mailHash)
        #expect(suppressed.map(\.reason) == [.bounce] && suppressed.map(\.channel) == [.email])
        #expect(try await bench.suppressions(1).isEmpty)
        #expect(try await work.states(of: campaign) == [.sent: 1, .bounced: 1])
        #expect(try await work.ledger.verify().isSound)
    }

    /// Nobody named channels at the upload: the rule that leads on to email is enough.
    @Test func aRulesAlternateIsEnoughToKeepTheAddress() async throws {
        let bench = try await ReceiptBench()
        let work = bench.bench
        var rule = RouteRule(channel: .sms, targets: [RouteRule.Target(provider: 1)])
        rule.alternates = [.email]
        _ = try await RouteStore(database: work.database).store([rule])
        let template = try await PartyStore(database: work.database, keys: work.keys).addTemplate(
            tenant: work.tenant.id, name: "one", channel: .sms,
            content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi"}}}"#)
        let request = CampaignRequest(
            tenant: work.tenant, template: template, name: "one", category: .otp,
            input: .bytes(Array("phone,email\n+6591000000,a0@b.example\n".utf8)))
        let campaign = try await CampaignUpload(database: work.database, keys: work.keys).send(request).campaign
        let key = try await PartyStore(database: work.database, keys: work.keys).key(of: work.tenant.id)
        let shard = MessageID.shard(campaign: campaign, number: 0)
        let sealed = try await WorkStore(database: work.database).body(shard: shard)
        let body = try ShardBody(
            ShardCodec(key: key, campaign: campaign).open(sealed, shard: shard, kind: .recipients))
        #expect(body.furtherFields == [.email] && !body.address(0, slot: 1).isEmpty)
    }
}
