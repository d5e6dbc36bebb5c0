import Domain
import Testing

@testable import Senders

/// Against a far end that works on so many calls at a time and lets the others queue up.
struct ConcurrencyLimitTests {
    private struct FarEnd {
        var places: Int
        var service: Duration
        var limit: ConcurrencyLimit
        var now = ContinuousClock.now

        init(places: Int, service: Duration, most: Int) {
            self.places = places
            self.service = service
            limit = ConcurrencyLimit(most: most, now: now)
        }

        /// Keeps as many calls under way as is allowed.
        mutating func run(_ time: Duration) {
            let end = now + time
            while now < end {
                let inFlight = limit.allowed
                let rounds = Double(inFlight) / Double(places)
                let latency = service * max(1, rounds)
                // As many as are under way end within one latency.
                for _ in 0..<inFlight {
                    now += latency / inFlight
                    limit.ended(.healthy, after: latency, inFlight: inFlight, now)
                }
            }
        }
    }

    @Test func itGrowsToTheBoundWhereMoreCostsNothing() {
        var end = FarEnd(places: 1000, service: .milliseconds(100), most: 256)
        end.run(.seconds(10))
        #expect(end.limit.allowed == 256)
    }

    @Test func itStaysNearWhatTheFarEndWorksOnAtATime() {
        var end = FarEnd(places: 20, service: .milliseconds(100), most: 256)
        end.limit = ConcurrencyLimit(most: 10, now: end.now)
        end.run(.seconds(2))
        var wide = FarEnd(places: 20, service: .milliseconds(100), most: 256)
        // It learns the best time while it is alone with a few.
        for _ in 0..<40 {
            wide.now += .milliseconds(20)
            wide.limit.ended(.healthy, after: .milliseconds(100), inFlight: 1, wide.now)
        }
        wide.run(.seconds(20))
        #expect(wide.limit.allowed >= 20 && wide.limit.allowed <= 80)
        #expect(end.limit.allowed == 10)
    }

    @Test func timeOutsTakeATenthEachPeriod() {
        let start = ContinuousClock.now
        var limit = ConcurrencyLimit(most: 100, now: start)
        let before = limit.allowed
        for step in 1...10 {
            limit.ended(.timedOut, after: .seconds(10), inFlight: 50, start + .milliseconds(100 * step))
        }
        #expect(limit.allowed < before / 2 && limit.allowed > before / 4)
        for step in 11...500 {
            limit.ended(.timedOut, after: .seconds(10), inFlight: 50, start + .milliseconds(100 * step))
        }
        #expect(limit.allowed == 2)
    }

    @Test func jitterOfMillisecondsChangesNothing() {
        let start = ContinuousClock.now
        var limit = ConcurrencyLimit(most: 128, now: start)
        for call in 1...20_000 {
            let latency = Duration.microseconds(call % 7 == 0 ? 15_000 : 300)
            limit.ended(.healthy, after: latency, inFlight: limit.allowed, start + .microseconds(call * 100))
        }
        #expect(limit.allowed == 128)
    }

    @Test func whatIsNotUsedUpDoesNotGrow() {
        let start = ContinuousClock.now
        var limit = ConcurrencyLimit(most: 1000, now: start)
        for call in 1...2000 {
            limit.ended(.healthy, after: .milliseconds(1), inFlight: 3, start + .milliseconds(call * 10))
        }
        #expect(limit.allowed == 64)
    }
}
