import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct PolicyStoreTests {
    private func hashes(_ range: Range<UInt64>) -> [RecipientHash] {
        range.map { RecipientHash(high: $0 &* 0x9E37_79B9_7F4A_7C15, low: $0 &* 0xC2B2_AE3D_27D4_EB4F) }
    }

    @Test(arguments: [100, 30_000]) func aFilterKnowsEverySuppressedRecipient(count: UInt64) async throws {
        let fixture = try await Fixture()
        let added = try await fixture.policy.suppress(
            tenant: fixture.tenant.id, hashes: hashes(0..<count), channel: .sms, reason: .optout, origin: "test")
        #expect(added == Int(count))
        let (filter, horizon, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        #expect(horizon > 0)
        #expect(hashes(0..<count).allSatisfy { filter.mayContain($0) })
        let strangers = hashes(1_000_000..<1_100_000).count { filter.mayContain($0) }
        #expect(strangers < 1000)
    }

    @Test func lateSuppressionsReachAnOpenShard() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.campaign(shards: [10])
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        let (_, horizon, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        _ = try await fixture.policy.suppress(
            tenant: fixture.tenant.id, hashes: hashes(5..<6), channel: nil, reason: .optout, origin: "test")
        let grant = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 10, horizon: horizon))
        #expect(grant.changed == hashes(5..<6) && grant.reloads.isEmpty)
        _ = try await fixture.policy.deny(tenant: nil, kind: .country, values: ["KP"], note: "")
        let next = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 10, horizon: grant.horizon))
        #expect(next.reloads.count == 1)
    }

    @Test func onlyMarketingRespectsOptOutsAndEverythingRespectsBounces() async throws {
        let fixture = try await Fixture()
        let (optedOut, bounced) = (hashes(1..<2), hashes(2..<3))
        for (hashes, reason) in [(optedOut, SuppressionReason.optout), (bounced, .bounce)] {
            _ = try await fixture.policy.suppress(
                tenant: fixture.tenant.id, hashes: hashes, channel: .sms, reason: reason, origin: "")
        }
        func confirm(_ channel: Channel, _ category: Domain.Category) async throws -> Set<RecipientHash> {
            Set(
                try await fixture.policy.confirm(
                    tenant: fixture.tenant.id, hashes: optedOut + bounced, channel: channel, category: category
                ).keys)
        }
        #expect(try await confirm(.sms, .marketing) == Set(optedOut + bounced))
        #expect(try await confirm(.sms, .otp) == Set(bounced))
        #expect(try await confirm(.whatsapp, .marketing).isEmpty)
    }
}
