import Domain
import Testing

@testable import Senders

struct LatencySketchTests {
    @Test(arguments: [0.5, 0.9, 0.99])
    func aQuantileIsAtMostAQuarterTooHighAndNeverTooLow(share: Double) throws {
        var random = SplitMix(seed: 5)
        let now = ContinuousClock.now
        for scale in [50, 3000, 200_000, 20_000_000] {
            var sketch = LatencySketch(now: now)
            var all: [Int64] = []
            for _ in 0..<2000 {
                let micros = Int64(random.next() % UInt64(scale)) + 8
                all.append(micros)
                sketch.add(.microseconds(micros), now)
            }
            all.sort()
            let exact = all[Int((Double(all.count) * share).rounded(.up)) - 1]
            let quantile = sketch.quantile(share)
            let found = try #require(quantile).wholeMicroseconds
            #expect(found >= exact && Double(found) <= Double(exact) * 1.26 + 1)
        }
    }

    @Test func aFewAnswersAreNoHistory() {
        let now = ContinuousClock.now
        var sketch = LatencySketch(now: now)
        for _ in 0..<4 { sketch.add(.milliseconds(10), now) }
        var known = sketch.quantile(0.99)
        #expect(known == nil)
        sketch.add(.milliseconds(10), now)
        known = sketch.quantile(0.99)
        #expect(known != nil)
    }

    @Test func whatIsOldIsForgottenOnceThereIsSomethingNewer() throws {
        let start = ContinuousClock.now
        var sketch = LatencySketch(now: start)
        for _ in 0..<1000 { sketch.add(.seconds(4), start) }
        for second in 10..<31 {
            for _ in 0..<100 { sketch.add(.milliseconds(10), start + .seconds(second)) }
        }
        let quantile = sketch.quantile(0.99)
        #expect(try #require(quantile) < .milliseconds(20))
    }
}
