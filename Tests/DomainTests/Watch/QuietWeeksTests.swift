import Domain
import Foundation
import TestSupport
import Testing

/// Weeks in which nothing happens but what always happens: days and weekends, busy and idle hours, noise and bursts.
/// The rate of false alarms stands in `docs/operations.md`.
struct QuietWeeksTests {
    private static let rules: [AlertRule] = [
        AlertRule(name: "volume-spike", measure: .volume, dimension: .source, threshold: 3, minCount: 200),
        AlertRule(name: "cost-spike", measure: .cost, dimension: .source, threshold: 3, minCount: 200),
        AlertRule(
            name: "silence", measure: .volume, dimension: .source, direction: .fall, threshold: 5, minCount: 200),
        AlertRule(name: "source-failures", measure: .failure, dimension: .source, threshold: 0.2, minCount: 100),
        AlertRule(name: "failures", measure: .failure, dimension: .source, threshold: 0.1, minCount: 100),
        AlertRule(name: "deliveries", measure: .delivery, dimension: .source, threshold: 0.1, minCount: 100),
    ]

    /// A source's quarters, by number since the beginning.
    private struct Source {
        var quarters: [RateCell]

        /// `size` messages in an ordinary hour; `noise` is the spread of a quarter's rate beyond chance.
        init(size: Double, noise: Double, weeks: Int, seed: UInt64) {
            var random = SeededRandom(seed: seed)
            quarters = (0..<weeks * 7 * 96).map { place in
                let (hour, day) = (Double(place % 96) / 4, place / 96 % 7)
                // Little at night, a peak at noon, and a quiet weekend.
                let shape = (0.05 + pow(sin(.pi * max(0, hour - 6) / 18), 2)) * (day >= 5 ? 0.4 : 1)
                let rate = size / 4 * shape * exp(noise * Self.normal(&random))
                var cell = RateCell()
                let tried = Self.poisson(rate, &random)
                cell.failed = Self.poisson(Double(tried) * 0.03 * exp(0.4 * Self.normal(&random)), &random)
                cell.failed = min(cell.failed, tried)
                cell.sent = tried - cell.failed
                cell.delivered = cell.sent - min(cell.sent, Self.poisson(Double(cell.sent) * 0.06, &random))
                cell.volume = tried
                cell.cost = tried * 42_500
                return cell
            }
        }

        static func normal(_ random: inout SeededRandom) -> Double {
            let (u, v) = (Double.random(in: 1e-12..<1, using: &random), Double.random(in: 0..<1, using: &random))
            return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
        }

        static func poisson(_ mean: Double, _ random: inout SeededRandom) -> Int64 {
            guard mean < 40 else { return max(0, Int64((mean + mean.squareRoot() * normal(&random)).rounded())) }
            var (count, product, limit) = (Int64(0), 1.0, exp(-mean))
            repeat {
                product *= Double.random(in: 0..<1, using: &random)
                count += 1
            } while product > limit
            limit = 0
            return count - 1
        }

        /// As a look sees it in the middle of the last quarter of an hour that begins at `start`.
        func series(at start: Int) -> (now: RateSeries, past: RateSeries) {
            var (now, past) = (RateSeries(), RateSeries())
            for quarter in 0..<12 {
                now.add(quarters[start + quarter - 8], at: RateHours.Place(week: 0, quarter: quarter))
                for week in 1...RateHours.weeks {
                    past.add(
                        quarters[start + quarter - 8 - week * 7 * 96],
                        at: RateHours.Place(week: week, quarter: quarter))
                }
            }
            return (now, past)
        }

        /// Hours in which an alert was opened, by rule.
        func alarms() -> [String: Int] {
            var opened: [String: Int] = [:]
            var seen: [String: Timestamp] = [:]
            for start in stride(from: (RateHours.weeks * 7 + 1) * 96, to: quarters.count - 4, by: 4) {
                let (now, past) = series(at: start)
                let time = Timestamp(micros: Int64(start) * 900_000_000)
                for rule in QuietWeeksTests.rules {
                    let verdict = SeriesVerdict(rule, now, past: past, weeks: RateHours.weeks, running: 11)
                    switch AlertState.change(verdict.verdict, seenAt: seen[rule.name], now: time) {
                    case .opened:
                        opened[rule.name, default: 0] += 1
                        seen[rule.name] = time
                    case .goesOn: seen[rule.name] = time
                    case .closed: seen[rule.name] = nil
                    case .none: break
                    }
                }
            }
            return opened
        }
    }

    /// Eight sources of all sizes, each for six weeks. One alarm in 48 weeks of them is what there is: a quarter of an hour
    /// in which failures jumped from 3 to 13 in a hundred by chance.
    @Test func nextToNothingIsFoundWhereNothingIs() {
        var alarms: [String: Int] = [:]
        for size in [40.0, 400, 4000, 40_000] {
            for noise in [0.1, 0.3] {
                let source = Source(size: size, noise: noise, weeks: RateHours.weeks + 6, seed: 7)
                alarms.merge(source.alarms()) { $0 + $1 }
            }
        }
        #expect(alarms == ["failures": 1])
    }

    /// The same weeks, with one thing wrong in each.
    @Test(arguments: [400.0, 4000, 40_000])
    func whatIsWrongIsFoundAtOnce(size: Double) {
        let quiet = Source(size: size, noise: 0.2, weeks: RateHours.weeks + 3, seed: 11)
        // A Tuesday, 11:00 to 12:00, and the look is in its last quarter.
        let start = ((RateHours.weeks + 1) * 7 + 1) * 96 + 44
        func found(_ change: (inout RateCell) -> Void, in quarters: ClosedRange<Int>) -> Set<String> {
            var source = quiet
            for quarter in quarters { change(&source.quarters[start + quarter - 8]) }
            let (now, past) = source.series(at: start)
            return Set(
                Self.rules.filter {
                    SeriesVerdict($0, now, past: past, weeks: RateHours.weeks, running: 11).verdict.score >= 1
                }.map(\.name))
        }
        #expect(found({ _ in }, in: 11...11) == [])
        let pumped = found(
            {
                $0.volume = $0.volume * 6 + 400; $0.cost = $0.volume * 42_500
            }, in: 11...11)
        #expect(pumped == ["volume-spike", "cost-spike"])
        let failing = found({ ($0.failed, $0.sent) = ($0.failed + $0.sent * 3 / 5, $0.sent * 2 / 5) }, in: 4...7)
        #expect(failing.isSuperset(of: ["failures", "source-failures"]))
        #expect(found({ $0.delivered /= 2 }, in: 0...3) == ["deliveries"])
        #expect(found({ $0 = RateCell() }, in: 4...7).contains("silence") == (size >= 400))
    }
}
