import Domain
import Testing

@Suite struct PriceTextTests {
    @Test(
        arguments: [
            ("0.0425", 42_500), ("0.042500", 42_500), ("0.04250000", 42_500), ("1", 1_000_000), ("1.", 1_000_000),
            (".5", 500_000), ("0", 0), ("007.000001", 7_000_001), ("999999999.999999", 999_999_999_999_999),
            ("0.1", 100_000), ("0.3", 300_000), ("4.35", 4_350_000),
        ] as [(String, Int64)]) func readsExactly(text: String, micros: Int64) throws
    {
        #expect(try PriceText.micros(text) == micros)
    }

    @Test(arguments: [
        ("", PriceText.Fault.notANumber), (".", .notANumber), ("-1", .notANumber), ("+1", .notANumber),
        ("1e3", .notANumber), ("1,5", .notANumber), ("1.2.3", .notANumber), (" 1", .notANumber), ("٣", .notANumber),
        ("NaN", .notANumber), ("0.0000001", .tooManyDecimals), ("1000000000", .tooLarge),
        ("99999999999999999999999999", .tooLarge),
    ]) func refuses(text: String, fault: PriceText.Fault) {
        #expect(throws: fault) { try PriceText.micros(text) }
    }

    @Test(
        arguments: [(0, "0.000000"), (42_500, "0.042500"), (-1, "-0.000001"), (.min, "-9223372036854.775808")]
            as [(Int64, String)])
    func writesSixDecimals(micros: Int64, text: String) {
        #expect(PriceText.decimal(micros) == text)
    }

    @Test(
        arguments: [
            ("0.0075", 7500), ("-0.00750", 7500), ("+1", 1_000_000), ("7.5e-3", 7500), ("0", 0),
            ("12.3456785", 12_345_679),
            ("12.3456784", 12_345_678), (".5", 500_000), ("1e3", 1_000_000_000), ("0.0000004", 0), ("0.0000005", 1),
            ("1e-30", 0), ("0.123456789012345678901234567890", 123_457),
            ("999999999.999999", 999_999_999_999_999), ("-999999999.9999994", 999_999_999_999_999),
        ] as [(String, Int64)])
    func readsWhatAProviderCharged(text: String, micros: Int64) {
        #expect(PriceText.reported(Array(text.utf8)) == micros)
    }

    @Test(arguments: [
        "", "-", ".", "abc", "1,5", "1 ", "$1", "1e", "1e99", "99999999999999999999", "1.2.3", "0x10", "NaN",
        "1e+99999", "1000000000", "-1000000000", "9000000000000", "9e12", "999999999.9999995", "1e9",
    ])
    func refusesWhatNoProviderCharges(text: String) {
        #expect(PriceText.reported(Array(text.utf8)) == nil)
    }
}
