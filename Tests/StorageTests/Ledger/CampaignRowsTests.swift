import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

/// What is asked of one campaign's rows when some of them correct others.
@Suite(.database) struct CampaignRowsTests {
    private typealias Draft = LedgerFixture.Draft

    @Test(arguments: [false, true]) func aReasonThatWasCorrectedIsNotCounted(isCorrected: Bool) async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        let other = try await bench.fixture.campaign(shards: [10])
        var drafts = [(0, "invalid_number"), (1, "invalid_number"), (2, "blocked")].map { index, reason in
            var draft = Draft(campaign: campaign, index: index, at: 1, state: .failed)
            draft.reason = reason
            return draft
        }
        drafts.append(Draft(campaign: campaign, index: 3, at: 1, state: .unknown))
        drafts[3].reason = "timeout"
        drafts.append(Draft(campaign: campaign, index: 4, at: 1))
        try await bench.store(drafts)
        _ = try await bench.ledger.rotateSlices(above: -1)
        // Of another campaign, and of what has no reason: nothing that changes the answer.
        var late = [
            Draft(campaign: other, index: 3, at: 2), Draft(campaign: campaign, index: 4, at: 2, state: .delivered),
        ]
        late[0].was = .unknown
        late[1].was = .sent
        if isCorrected {
            late.append(Draft(campaign: campaign, index: 3, at: 2))
            late[2].was = .unknown
        }
        try await bench.store(late)
        let reasons = try await bench.ledger.reasons(campaign: campaign).map { "\($0.state) \($0.reason) \($0.count)" }
        #expect(
            reasons == ["failed invalid_number 2", "failed blocked 1"] + (isCorrected ? [] : ["unknown timeout 1"]))
    }

    @Test func attemptsSayWhichEndHolds() async throws {
        let bench = try await LedgerFixture()
        let campaign = try await bench.fixture.campaign(shards: [10])
        try await bench.store([
            Draft(campaign: campaign, index: 0, at: 1), Draft(campaign: campaign, index: 1, at: 1),
            Draft(campaign: campaign, index: 2, at: 1),
        ])
        _ = try await bench.ledger.rotateSlices(above: -1)
        var late = [Draft(campaign: campaign, index: 1, at: 2, state: .delivered)]
        late[0].was = .sent
        try await bench.store(late)
        let number = { MessageID(shard: MessageID.shard(campaign: campaign, number: 0), index: $0) }
        let attempts = try await bench.ledger.attempts(campaign: campaign, from: number(1), to: number(3))
        #expect(
            attempts.map { "\($0.message.index) \($0.state) \($0.final)" } == [
                "1 sent false", "1 delivered true", "2 sent true",
            ])
    }
}
