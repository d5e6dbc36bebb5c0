import Domain
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// A clock that stands still but for its sleepers, who pass their time at once.
private final class TestClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let time = Mutex(Duration.zero)
    var now: Instant { Instant(offset: time.withLock { $0 }) }
    var minimumResolution: Duration { .nanoseconds(1) }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { advance(by: deadline.offset - now.offset) }
    func advance(by duration: Duration) { time.withLock { $0 += duration } }
}

@Suite struct SandboxProviderTests {
    @Test func takesWhatIsNotMagic() async {
        var settings = SandboxSettings()
        settings.pricePerSegment = Currency("USD").map { Money(micros: 7500, currency: $0) }
        let provider = SandboxProvider(settings: settings)
        let outcomes = await provider.send(testBatch(to: ["+6591234567", "a@example.com"], segments: 3)) { true }
        let cost = Currency("USD").map { Money(micros: 22_500, currency: $0) }
        #expect(
            outcomes == [
                .sent(reference: "sb00000000000v8", cost: cost), .sent(reference: "sb00000000000v9", cost: cost),
            ])
    }

    @Test(arguments: SandboxVerdict.allCases)
    func magicRecipientsByPhoneAndEmail(verdict: SandboxVerdict) async throws {
        let provider = SandboxProvider()
        var recipients = ["\(verdict.rawValue)@example.com"]
        if verdict != .accepted {
            for prefix in ["+65", "+1919", "+4477", "+9198"] {
                recipients.append(try #require(MagicRecipient.phone(countryPrefix: prefix, verdict)))
            }
        }
        for attempt in [1, 2] as [Int16] {
            let outcomes = await provider.send(testBatch(to: recipients, attempt: attempt)) { true }
            for outcome in outcomes {
                switch (verdict, outcome) {
                case (.accepted, .sent), (.permanent, .permanent), (.temporary, .temporary), (.throttled, .throttled),
                    (.serverError, .inDoubt), (.redirect, .temporary), (.inDoubt, .inDoubt), (.hang, .inDoubt),
                    (.drip, .inDoubt), (.garbage, .inDoubt), (.truncated, .inDoubt), (.reset, .inDoubt),
                    (.late, .inDoubt), (.oversize, .inDoubt):
                    break
                case (.temporaryOnce, .temporary), (.throttledOnce, .throttled): #expect(attempt == 1)
                case (.temporaryOnce, .sent), (.throttledOnce, .sent): #expect(attempt == 2)
                default: Issue.record("\(verdict) led to \(outcome)")
                }
            }
        }
    }

    @Test(arguments: [
        "", "@", "1", "bounce", "bounced@example.com", "Bounce@example.com", "x.bounce@example.com", "+6595559000",
        "+6595559016", "+6595559099", "+6595559101", "95559x01", "5559001", "a-very-long-local-part@example.com",
    ])
    func ordinaryRecipientsAreNotMagic(address: String) {
        let bytes = Array(address.utf8)
        #expect(MagicRecipient.verdict(for: bytes.span) == nil)
    }

    @Test func ratesAreKeptAndRepeatable() async {
        var settings = SandboxSettings()
        settings.temporaryRate = 0.1
        settings.permanentRate = 0.2
        settings.throttleRate = 0.05
        settings.inDoubtRate = 0.02
        settings.seed = 42
        let batch = testBatch(to: Array(repeating: "+6591234567", count: 20_000))
        let first = await SandboxProvider(settings: settings).send(batch) { true }
        let second = await SandboxProvider(settings: settings).send(batch) { true }
        #expect(first == second)
        settings.seed = 43
        let other = await SandboxProvider(settings: settings).send(batch) { true }
        #expect(first != other)
        func share(_ matches: (Outcome) -> Bool) -> Double { Double(first.count(where: matches)) / 20_000 }
        #expect(abs(share { if case .temporary = $0 { true } else { false } } - 0.1) < 0.01)
        #expect(abs(share { if case .permanent = $0 { true } else { false } } - 0.2) < 0.01)
        #expect(abs(share { if case .throttled = $0 { true } else { false } } - 0.05) < 0.01)
        #expect(abs(share { if case .inDoubt = $0 { true } else { false } } - 0.02) < 0.01)
    }

    @Test func magicCanBeTurnedOff() async {
        var settings = SandboxSettings()
        settings.magic = false
        let outcomes = await SandboxProvider(settings: settings).send(testBatch(to: ["bounce@example.com"])) { true }
        #expect(outcomes == [.sent(reference: "sb00000000000v8", cost: nil)])
    }

    @Test func rateLimitThrottlesTheRestAndSaysHowLong() async {
        let clock = TestClock()
        var settings = SandboxSettings()
        settings.ratePerSecond = 10
        let provider = SandboxProvider(settings: settings, clock: clock)
        let batch = testBatch(to: Array(repeating: "+6591234567", count: 15))
        let first = await provider.send(batch) { true }
        #expect(first[9] == .sent(reference: SandboxReference.text(1009), cost: nil))
        #expect(first[10] == .throttled(after: .milliseconds(100)))
        #expect(first[14] == .throttled(after: .milliseconds(500)))
        clock.advance(by: .milliseconds(500))
        let second = await provider.send(batch) { true }
        #expect(second.count { if case .sent = $0 { true } else { false } } == 5)
    }

    @Test func latencyPassesBeforeTheLeaseIsAsked() async {
        let clock = TestClock()
        var settings = SandboxSettings()
        settings.latency = .seconds(2)
        settings.jitter = .seconds(1)
        let provider = SandboxProvider(settings: settings, clock: clock)
        let start = clock.now
        let outcomes = await provider.send(testBatch(to: ["+6591234567"])) {
            start.duration(to: clock.now) < .seconds(2)
        }
        #expect(outcomes == [.notSent(reason: ProviderReason.leaseOver)])
        let passed = start.duration(to: clock.now)
        #expect(passed >= .seconds(2) && passed < .seconds(3))
    }

    @Test func emptyBatch() async {
        let outcomes = await SandboxProvider().send(testBatch(to: [])) { true }
        #expect(outcomes.isEmpty)
    }
}

@Suite struct TokenBucketTests {
    @Test func savesOneSecondAtMost() {
        var bucket = TokenBucket(perSecond: 5, now: .zero)
        #expect(bucket.take(100, now: .zero) == 5)
        #expect(bucket.take(100, now: .milliseconds(400)) == 2)
        #expect(bucket.take(100, now: .seconds(100)) == 5)
        #expect(bucket.take(1, now: .seconds(50)) == 0)
        #expect(bucket.wait(for: 1) == .milliseconds(200))
    }
}
