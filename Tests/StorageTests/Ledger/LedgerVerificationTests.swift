import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct LedgerVerificationTests {
    private typealias Draft = LedgerFixture.Draft

    @Test func aPeriodIsLookedAtByItself() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([
            Draft(campaign: campaign, index: 0, at: 0, cost: 7),
            Draft(campaign: campaign, index: 1, at: 7200, cost: 5, isCounted: false),
        ])
        let all = try await bench.ledger.verify()
        #expect(!all.isSound && all.rows == 2 && all.cost == ["SGD": 12] && all.differences.count == 1)
        let border = RollupDelta.bucket(of: Timestamp(micros: LedgerFixture.start + 3_600_000_000))
        let before = try await bench.ledger.verify(.init(to: border))
        #expect(before.isSound && before.rows == 1 && before.messages == 1 && before.cost == ["SGD": 7])
        let after = try await bench.ledger.verify(.init(from: border))
        #expect(!after.isSound && after.rows == 1)
    }

    /// One that ended twice hides one that never ended, as far as they are counted.
    @Test func aMessageWithTwoEndsIsFoundByALookAtEach() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([
            Draft(campaign: campaign, index: 0, at: 1), Draft(campaign: campaign, index: 0, at: 2),
        ])
        #expect(try await bench.ledger.verify().isSound)
        let proof = try await bench.ledger.verify(.init(eachMessage: true))
        #expect(proof.unbalanced.count == 1 && proof.unbalanced[0].contains("2 final states"))
    }
}
