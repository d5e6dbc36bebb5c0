import Testing

@testable import Jobs

/// Places for what is sent as it is accepted.
@Suite struct FastLaneTests {
    @Test func aTenantHasItsShareAndTheOthersTheRest() {
        let lane = FastLane(capacity: 3, share: 2)
        #expect(lane.reserve(for: 1) && lane.reserve(for: 1))
        #expect(!lane.reserve(for: 1))
        #expect(lane.reserve(for: 2))
        #expect(!lane.reserve(for: 3))
        lane.giveBack(1)
        #expect(lane.reserve(for: 3))
        #expect(!lane.reserve(for: 1))
    }

    @Test func aPlaceIsFreeAgainOnceTheWorkHasEnded() async {
        let lane = FastLane(capacity: 1)
        #expect(lane.reserve(for: 1))
        await withCheckedContinuation { ended in lane.begin(for: 1) { ended.resume() } }
        // Returns once nothing is under way; from then on nothing is taken.
        await lane.close()
        #expect(!lane.reserve(for: 1))
    }

    @Test func whoIsClosedWaitsForWhatWasBegun() async {
        let lane = FastLane(capacity: 2)
        let (stream, gate) = AsyncStream<Void>.makeStream()
        #expect(lane.reserve(for: 1))
        lane.begin(for: 1) { for await _ in stream { return } }
        async let closed: Void = lane.close()
        gate.yield()
        await closed
        #expect(!lane.reserve(for: 2))
    }
}
