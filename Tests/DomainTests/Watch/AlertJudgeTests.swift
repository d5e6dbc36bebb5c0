import Domain
import Testing

/// What is out of the ordinary, and what only seems so.
struct AlertJudgeTests {
    private typealias Sample = AlertJudge.Sample

    private func rule(
        _ measure: AlertMeasure, _ threshold: Double, _ least: Int64 = 100, _ direction: AlertDirection? = nil
    ) -> AlertRule {
        AlertRule(
            name: "r", measure: measure, dimension: .source, direction: direction, threshold: threshold, minCount: least
        )
    }

    private func score(_ rule: AlertRule, _ now: Double, count: Double? = nil, _ past: [Double], each: Double = 1000)
        -> Double?
    {
        let verdict = AlertJudge(rule, leastSamples: 4).judge(
            Sample(now, count: count ?? now), past: past.map { Sample($0, count: each) })
        return verdict == .silent ? nil : verdict.score
    }

    @Test func whatIsManyTimesTheUsualIsTrouble() throws {
        let past: [Double] = [400, 420, 380, 410, 395, 405]
        let rule = rule(.volume, 3)
        #expect(try #require(score(rule, 1300, past)) >= 1)
        #expect(try #require(score(rule, 1000, past)) < 1)
        // A holiday, an attack and an outage among the past weeks change little.
        #expect(try #require(score(rule, 1300, [400, 0, 380, 9000, 395, 405])) >= 1)
        #expect(try #require(score(rule, 500, [400, 0, 380, 9000, 395, 405])) < 0.5)
    }

    @Test func whatVariesMuchByItselfIsNot() throws {
        #expect(try #require(score(rule(.volume, 3), 1300, [10, 1500, 90, 700, 420, 60])) < 1)
    }

    @Test func whereNothingWasBeforeItMustBeEnough() throws {
        let nothing: [Double] = [0, 0, 0, 0, 0]
        #expect(try #require(score(rule(.volume, 4), 100, nothing)) >= 1)
        #expect(try #require(score(rule(.volume, 4), 99, nothing)) < 1)
        #expect(score(rule(.volume, 4), 5000, [0, 0, 0]) == nil, "three weeks say too little")
    }

    @Test func costsHaveNoUnitAndTheSameNoise() throws {
        let past = [10e6, 11e6, 9e6, 10.5e6, 9.5e6]
        #expect(try #require(score(rule(.cost, 3), 40e6, count: 400, past)) >= 1)
        #expect(try #require(score(rule(.cost, 3), 40e6, count: 4, past)) == 0, "four dear messages")
        #expect(try #require(score(rule(.cost, 3), 12e6, count: 400, past)) < 0.5)
    }

    @Test func aShareOfFewSaysNothing() throws {
        let past: [Double] = [0.02, 0.03, 0.02, 0.025, 0.02]
        let failure = rule(.failure, 0.1)
        #expect(try #require(score(failure, 0.5, count: 20, past)) == 0)
        #expect(try #require(score(failure, 0.5, count: 200, past)) >= 1)
        #expect(try #require(score(failure, 0.08, count: 100_000, past)) < 1, "sure, and not worth a word")
        #expect(score(failure, 0.5, count: 200, past, each: 5) == nil, "the past weeks had too few messages")
        #expect(try #require(score(rule(.delivery, 0.1), 0.6, count: 500, [0.95, 0.94, 0.96, 0.95])) >= 1)
        #expect(try #require(score(rule(.delivery, 0.1), 0.99, count: 500, [0.95, 0.94, 0.96, 0.95])) == 0)
    }

    @Test func silenceIsTroubleWhereThereIsUsuallyEnough() throws {
        let silence = rule(.volume, 5, 200, .fall)
        #expect(try #require(score(silence, 0, [1000, 1100, 950, 1020])) >= 1)
        #expect(try #require(score(silence, 400, [1000, 1100, 950, 1020])) < 1)
        #expect(try #require(score(silence, 0, [100, 110, 95, 102])) == 0)
        #expect(try #require(score(silence, 0, [1000, 3000, 10, 50, 800])) < 1)
    }

    @Test func oneTroubleIsOneAlert() {
        let now = Timestamp(micros: 1_800_000_000_000_000)
        func change(_ score: Double, seen: Duration?) -> AlertState.Change {
            AlertState.change(.off(score: score, usual: 1), seenAt: seen.map { now - $0 }, now: now)
        }
        #expect(change(1, seen: nil) == .opened)
        #expect(change(0.9, seen: nil) == .none)
        #expect(change(0.6, seen: .seconds(60)) == .goesOn)
        #expect(change(0.4, seen: .seconds(60)) == .none)
        #expect(change(2, seen: .seconds(1700)) == .goesOn)
        #expect(change(0, seen: .seconds(1800)) == .closed)
        #expect(AlertState.change(.silent, seenAt: now - .seconds(1800), now: now) == .closed)
    }

    @Test func rulesThatMakeNoSenseAreRefused() {
        func fault(_ change: (inout AlertRule) -> Void) -> String? {
            var rule = AlertRule(name: "r", measure: .volume, dimension: .source, threshold: 3, minCount: 1)
            change(&rule)
            return rule.fault
        }
        #expect(fault { _ in } == nil)
        #expect(fault { $0.threshold = 1 } != nil)
        #expect(fault { $0.measure = .failure } != nil)
        #expect(
            fault {
                $0.measure = .failure; $0.threshold = 0.1
            } == nil)
        #expect(
            fault {
                $0.measure = .failure; $0.threshold = 0.1; $0.direction = .fall
            } != nil)
        #expect(
            fault {
                $0.dimension = .prefix; $0.measure = .cost
            } != nil)
        #expect(
            fault {
                $0.dimension = .provider; $0.pausesSource = true
            } != nil)
        #expect(fault { $0.includesCritical = true } != nil)
        #expect(fault { $0.measure = .latency } != nil)
        #expect(
            fault {
                $0.measure = .cost; $0.direction = .fall
            } != nil)
    }
}
