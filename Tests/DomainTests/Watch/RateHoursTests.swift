import Domain
import Testing

struct RateHoursTests {
    private let start = Timestamp(micros: 1_800_000_000_000_000)

    @Test func ofNowThereIsNothingBeyondTheRunningQuarter() {
        let week = Duration.seconds(7 * 86_400)
        let hours = RateHours(starts: [start, start - week], now: start + .seconds(20 * 60))
        #expect(hours.running == 9)
        #expect(hours.place(of: start) == .init(week: 0, quarter: 8))
        #expect(hours.place(of: start + .seconds(900)) == .init(week: 0, quarter: 9))
        #expect(hours.place(of: start + .seconds(1800)) == nil)
        #expect(hours.place(of: start - .seconds(7200)) == .init(week: 0, quarter: 0))
        #expect(hours.place(of: start - .seconds(8100)) == nil)
        #expect(hours.place(of: start - week + .seconds(2700)) == .init(week: 1, quarter: 11))
        #expect(hours.buckets.count == 10 + 12)
    }

    @Test func weeksBeforeSomebodyWasThereDontCount() {
        let week: Int64 = 7 * 86_400
        let hours = RateHours(starts: (0...8).map { start - .seconds(week * Int64($0)) }, now: start)
        #expect(hours.weeks(since: start - .seconds(week * 20)) == 8)
        #expect(hours.weeks(since: start - .seconds(week * 3 + 7200)) == 3)
        #expect(hours.weeks(since: start - .seconds(week * 3 + 7199)) == 2)
        #expect(hours.weeks(since: start) == 0)
    }
}
