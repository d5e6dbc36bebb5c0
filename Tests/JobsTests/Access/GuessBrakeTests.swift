import Domain
import Testing

@testable import Jobs

struct GuessBrakeTests {
    private let start = ContinuousClock.now
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func someGuessesAreForgivenThenItTakesTime() throws {
        var brake = GuessBrake(burst: 5, perSecond: 0.5, now: start)
        let client = try address("192.0.2.1")
        for _ in 0..<5 { #expect(brake.guessed(from: client, now: start) == nil) }
        #expect(brake.guessed(from: client, now: start) == .seconds(2))
        #expect(brake.guessed(from: client, now: start + .seconds(1)) == .seconds(1))
        #expect(brake.guessed(from: client, now: start + .seconds(2)) == nil)
        #expect(brake.guessed(from: client, now: start + .seconds(2)) == .seconds(2))
        #expect(brake.guessed(from: try address("192.0.2.2"), now: start) == nil)
        // No more than the burst comes back, and a clock that does not move gives nothing.
        let later = start + .seconds(100_000)
        #expect((0..<9).map { _ in brake.guessed(from: client, now: later) == nil }.count { $0 } == 5)
    }

    @Test func anIPv6CustomerIsOneAddress() throws {
        var brake = GuessBrake(burst: 2, perSecond: 1, now: start)
        #expect(brake.guessed(from: try address("2001:db8:0:1::1"), now: start) == nil)
        #expect(brake.guessed(from: try address("2001:db8:0:1:ffff::2"), now: start) == nil)
        #expect(brake.guessed(from: try address("2001:db8:0:1::3"), now: start) != nil)
        #expect(brake.guessed(from: try address("2001:db8:0:2::1"), now: start) == nil)
    }

    /// However many addresses come, one that guessed much is not forgotten for those that guess once.
    @Test func manyAddressesDontWashAGuesserOut() throws {
        var brake = GuessBrake(burst: 10, perSecond: 0.001, slots: 64, now: start)
        let client = try address("192.0.2.1")
        for _ in 0..<10 { _ = brake.guessed(from: client, now: start) }
        for number in 0..<100_000 {
            _ = brake.guessed(from: IPAddress(high: 0x2001_0DB8 << 32 | UInt64(number), low: 0), now: start)
        }
        #expect(brake.guessed(from: client, now: start) != nil)
    }
}
