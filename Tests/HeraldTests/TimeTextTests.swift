import Domain
import Testing

@testable import herald

struct TimeTextTests {
    private let now = Timestamp(micros: 1_772_323_200_000_000)  // 2026-03-01T00:00:00Z

    @Test(arguments: [
        ("2026-03-01T09:00:00+08:00", "2026-03-01T01:00:00.000Z"), ("2026-03-01T09:00Z", "2026-03-01T09:00:00.000Z"),
        ("2026-03-01 09:00", "2026-03-01T08:00:00.000Z"), ("2026-07-01 09:00", "2026-07-01T07:00:00.000Z"),
        ("+90m", "2026-03-01T01:30:00.000Z"), ("now", "2026-03-01T00:00:00.000Z"),
        // The clock goes forward at two and back at three.
        ("2026-03-29 01:59", "2026-03-29T00:59:00.000Z"), ("2026-03-29 03:00", "2026-03-29T01:00:00.000Z"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00.000Z"), ("2026-10-25 03:00", "2026-10-25T02:00:00.000Z"),
    ]) func instantsAreReadInTheZone(text: String, expected: String) throws {
        #expect(try TimeText.instant(text, zone: "Europe/Berlin", now: now).description == expected)
    }

    @Test(arguments: [
        ("2026-03-01", "2026-02-28T23:00:00.000Z", "2026-03-01T23:00:00.000Z"),
        ("today", "2026-02-28T23:00:00.000Z", "2026-03-01T23:00:00.000Z"),
        ("yesterday", "2026-02-27T23:00:00.000Z", "2026-02-28T23:00:00.000Z"),
        ("2026-03-01 09:00", "2026-03-01T08:00:00.000Z", "2026-03-01T08:00:00.000Z"),
    ]) func periodsBeginAndEndWithDays(text: String, start: String, end: String) throws {
        #expect(try TimeText.instant(text, zone: "Europe/Berlin", now: now, as: .start).description == start)
        #expect(try TimeText.instant(text, zone: "Europe/Berlin", now: now, as: .end).description == end)
    }

    @Test(arguments: ["tomorrow", "2026-03-01", "2026-02-30 09:00", "2026-03-01 25:00", "2026-03-01T09:00+8", ""])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(throws: CommandError.self) { try TimeText.instant(text, zone: "UTC", now: now) }
    }

    @Test(arguments: [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("3d", 259_200)])
    func lengthsOfTime(text: String, seconds: Int) throws {
        #expect(try TimeText.duration(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "5", "m", "-5m", "99999999999999999999h", "1x"])
    func whatIsNoLengthIsRefused(text: String) {
        #expect(throws: CommandError.self) { try TimeText.duration(text) }
    }
}
