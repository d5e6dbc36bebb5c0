import Domain
import Reports
import TestSupport
import Testing

@Suite struct ReportDayTests {
    @Test(arguments: [
        ("UTC", "2026-03-01", "2026-03-01T00:00:00.000Z", 24),
        ("Asia/Singapore", "2026-03-01", "2026-02-28T16:00:00.000Z", 24),
        // The clocks go forward, and back.
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", 23),
        // There is no midnight: the day starts at one.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", 23),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", 23),
        ("Asia/Kathmandu", "2026-03-01", "2026-02-28T18:15:00.000Z", 24),
        ("Pacific/Kiritimati", "2026-03-01", "2026-02-28T10:00:00.000Z", 24),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 24),
        // Samoa went without the 30th.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", 0),
    ]) func startsAtMidnightThere(zone: String, date: String, start: String, hours: Int) throws {
        let civil = try #require(CivilDate(date))
        let day = try #require(ReportDay(civil, zone: zone))
        #expect(day.start.description == start)
        #expect((day.end - day.start).seconds / 3600 == (zone == "Australia/Lord_Howe" ? 24.5 : Double(hours)))
    }

    @Test(arguments: ["", "Nowhere/Town", "GMT+5", "../etc", "PST", "/UTC"]) func knowsNoOtherZones(zone: String) throws
    {
        #expect(ReportDay(CivilDate(daysSinceEpoch: 20_000), zone: zone) == nil)
        #expect(ReportDay.date(of: Timestamp(micros: 0), zone: zone) == nil)
    }

    @Test(arguments: ["Europe/London", "America/St_Johns", "Africa/Cairo", "Pacific/Apia", "America/Havana"])
    func daysLeaveNoGapAndHoldTheirInstants(zone: String) throws {
        let first = try #require(CivilDate("2010-01-01")).daysSinceEpoch
        var end: Timestamp?
        for days in first..<first + 800 {
            let day = try #require(ReportDay(CivilDate(daysSinceEpoch: days), zone: zone))
            if let end { #expect(day.start == end) }
            end = day.end
            guard day.start < day.end else { continue }
            #expect(ReportDay.date(of: day.start, zone: zone) == day.date)
            #expect(ReportDay.date(of: day.end - .seconds(900), zone: zone) == day.date)
        }
    }

    /// Python's zoneinfo, which knows when a day starts in another way.
    @Test func agreesWithPython() throws {
        var judged = 0
        for line in try PythonOracle.lines("day_starts.py") {
            let fields = line.split(separator: "\t")
            let date = try #require(CivilDate(fields[1]))
            let day = try #require(ReportDay(date, zone: String(fields[0])))
            #expect(day.start.micros == Int64(fields[2]).map { $0 * 1_000_000 }, "\(line)")
            judged += 1
        }
        #expect(judged > 500)
    }
}
