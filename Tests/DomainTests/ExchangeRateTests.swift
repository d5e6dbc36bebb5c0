import Domain
import TestSupport
import Testing

@Suite struct ExchangeRateTests {
    @Test(arguments: [
        ("1.3412", "1.3412"), ("0.0000625", "0.0000625"), ("25000", "25000.0"), ("1.", "1.0"), (".5", "0.5"),
        ("0.0000000001", "0.0000000001"), ("1000000", "1000000.0"),
    ]) func readsWhatBanksPublish(text: String, shown: String) { #expect(ExchangeRate(text)?.description == shown) }

    @Test(arguments: [
        "", "0", "0.0", ".", "-1", "1,3", "1e3", "1.2.3", "0.00000000001", "1000001", "99999999999999999999",
    ])
    func nothingElseIsARate(text: String) { #expect(ExchangeRate(text) == nil) }

    @Test(
        arguments: [
            (1_000_000, "1.3412", 1_341_200), (1, "0.5", 1), (-1, "0.5", -1), (3, "0.1666666666", 0),
            (1_000_000, "1.3333333", 1_333_333),
            (-1_000_000, "1.3333335", -1_333_334), (0, "7", 0), (Int64.max, "1", Int64.max),
        ] as [(Int64, String, Int64)]) func convertsToTheMillionth(micros: Int64, rate: String, expected: Int64)
    {
        #expect(ExchangeRate(rate)?.convert(micros) == expected)
    }

    @Test func whatIsTooLargeIsNotCutOff() {
        #expect(ExchangeRate("1.0000000001")?.convert(.max) == nil)
        #expect(ExchangeRate("1000000")?.convert(.max) == nil)
        #expect(ExchangeRate("1000000")?.convert(.min) == nil)
    }
}
