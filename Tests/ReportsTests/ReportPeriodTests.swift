import Domain
import Reports
import TestSupport
import Testing

@Suite struct ReportPeriodTests {
    @Test(arguments: [
        ("2026-03-01", "Asia/Singapore", 24), ("2026-03", "Asia/Singapore", 31 * 24),
        ("2024-02", "UTC", 29 * 24),
        // The clocks go forward in that month and week, and back in those.
        ("2026-03", "Europe/Berlin", 31 * 24 - 1), ("2026-W13", "Europe/Berlin", 7 * 24 - 1),
        ("2026-10", "Europe/Berlin", 31 * 24 + 1), ("2026-W43", "Europe/Berlin", 7 * 24 + 1),
        ("2026-W10", "America/New_York", 7 * 24 - 1), ("2026-11", "America/New_York", 30 * 24 + 1),
        ("2026-03-28_2026-03-30", "Europe/Berlin", 71),
    ]) func isAsLongAsItsDays(name: String, zone: String, hours: Int) throws {
        let period = try #require(ReportPeriod(name: name, zone: zone))
        #expect((period.end - period.start).seconds / 3600 == Double(hours))
        #expect(period.name == name)
    }

    @Test(arguments: [
        "", "2026", "2026-13", "2026-W00", "2026-W54", "2025-W53", "2026-W1", "2026-02-30", "2026-03-02_2026-03-01",
        "x_y",
        "2026-3", "26-03-01", "9999-12", "2026-W-1", "-026-W10",
    ]) func nothingElseIsAPeriod(name: String) { #expect(ReportPeriod(name: name, zone: "UTC") == nil) }

    @Test func anUnknownZoneHasNoPeriods() { #expect(ReportPeriod(name: "2026-03", zone: "Mars/Base") == nil) }

    @Test(arguments: ["Asia/Singapore", "Europe/London", "America/Santiago"])
    func periodsFollowEachOtherWithoutAGap(zone: String) throws {
        for kind in [ReportPeriod.Kind.day, .week, .month] {
            let day = try #require(CivilDate("2023-12-20"))
            var period = try #require(ReportPeriod(kind, holding: day, zone: zone))
            for _ in 0..<120 {
                let next = try #require(period.next)
                #expect(next.start == period.end && next.previous == period)
                #expect(ReportPeriod(name: next.name, zone: zone) == next)
                period = next
            }
        }
    }

    /// Python's own calendar of ISO weeks.
    @Test func weeksAreThoseOfPython() throws {
        var judged = 0
        for line in try PythonOracle.lines("iso_weeks.py") {
            let fields = line.split(separator: "\t")
            let day = try #require(CivilDate(fields[0]))
            let period = try #require(ReportPeriod(.week, holding: day, zone: "UTC"))
            #expect(period.name == fields[1] && period.first.description == fields[2], "\(line)")
            judged += 1
        }
        #expect(judged > 1000)
    }
}
