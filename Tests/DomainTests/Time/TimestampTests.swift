import Testing

@testable import Domain

struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (1_772_355_900_250_000, "2026-03-01T09:05:00.250Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
    ]) func isWrittenAsRFC3339(micros: Int64, text: String) {
        #expect(Timestamp(micros: micros).description == text)
    }

    @Test func everyDayOfFourCenturiesGoesThereAndBack() {
        for day in stride(from: -100_000, to: 46_097, by: 7) {
            let date = CivilDate(daysSinceEpoch: day)
            #expect(date.daysSinceEpoch == day)
            #expect(CivilDate(date.description) == date)
        }
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "2026-01-01x", "", "2026-01"])
    func whatIsNoDayIsRefused(text: String) { #expect(CivilDate(text) == nil) }

    @Test func durationsAddUp() {
        let start = Timestamp(micros: 10)
        #expect((start + .milliseconds(5)).micros == 5010)
        #expect(Timestamp(micros: 5010) - start == .milliseconds(5))
        #expect(Duration.seconds(Int64.max / 2).wholeMicroseconds == .max)
    }
}
