import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct SuppressionUploadTests {
    private func hashes(_ range: Range<UInt64>) -> [RecipientHash] {
        range.map { RecipientHash(high: $0 &* 0x9E37_79B9_7F4A_7C15, low: $0 &* 0xC2B2_AE3D_27D4_EB4F) }
    }

    private func upload(_ fixture: Fixture) async throws -> SuppressionUpload {
        try await fixture.policy.startUpload(tenant: fixture.tenant.id, channel: .sms, reason: .optout, origin: "test")
    }

    @Test func holdsAsAWholeOnceItIsFinished() async throws {
        let fixture = try await Fixture()
        let upload = try await upload(fixture)
        try await upload.add(hashes(0..<3000))
        try await upload.add(hashes(2000..<5000))
        let probe = hashes(0..<5000)
        #expect(
            try await fixture.policy.confirm(
                tenant: fixture.tenant.id, hashes: probe, channel: .sms, category: .marketing
            ).isEmpty)
        #expect(try await upload.finish() == 5000)
        #expect(
            try await fixture.policy.confirm(
                tenant: fixture.tenant.id, hashes: probe, channel: .sms, category: .marketing
            ).count == 5000)
        let (filter, _, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        #expect(probe.allSatisfy { filter.mayContain($0) })
        let again = try await self.upload(fixture)
        try await again.add(probe)
        #expect(try await again.finish() == 0)
    }

    @Test func leavesNothingWhenGivenUp() async throws {
        let fixture = try await Fixture()
        let upload = try await upload(fixture)
        try await upload.add(hashes(0..<100))
        await upload.abandon()
        #expect(try await fixture.policy.suppressionCounts(tenant: fixture.tenant.id).isEmpty)
    }

    @Test func anOptOutBesideItIsNotLost() async throws {
        let fixture = try await Fixture()
        let upload = try await upload(fixture)
        try await upload.add(hashes(0..<3000))
        // Goes in at once, without waiting for the list.
        let single = hashes(9000..<9001)
        _ = try await fixture.policy.suppress(
            tenant: fixture.tenant.id, hashes: single, channel: .sms, reason: .optout, origin: "test")
        #expect(try await upload.finish() == 3000)
        let (filter, _, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        #expect((single + hashes(0..<3000)).allSatisfy { filter.mayContain($0) })
    }

    @Test func openShardsHearOfIt() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.campaign(shards: [10])
        let worker = try await fixture.worker()
        let shard = try #require(try await fixture.work.claim(worker: worker, lane: .bulk, limit: 1).first)
        let upload = try await upload(fixture)
        try await upload.add(hashes(0..<10))
        let (_, horizon, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        _ = try await upload.finish()
        let grant = try await fixture.work.step(
            WindowStep(shard: shard.id, token: shard.token, from: 0, closed: 0, open: 10, horizon: horizon))
        #expect(grant.reloads.count == 1)
        // A change of the deny list asks for a reload too, and the filter goes on being the stored one.
        _ = try await fixture.policy.deny(tenant: fixture.tenant.id, kind: .country, values: ["KP"], note: "")
        let (filter, _, _) = try await fixture.policy.filter(tenant: fixture.tenant.id)
        #expect(hashes(0..<10).allSatisfy { filter.mayContain($0) })
    }
}
