import Testing

@testable import Domain

struct PriceTableTests {
    private func micros(_ table: PriceTable, _ address: String) -> Int64? {
        let bytes = Array(address.utf8)
        return table.rate(for: bytes.span)?.micros
    }

    @Test func theLongestPrefixDecides() throws {
        let currency = try #require(Currency("eur"))
        var table = PriceTable()
        for (prefix, micros) in [("", 90), ("49", 70), ("4915", 60), ("1", 10), ("1876", 200)] {
            table.set(prefix: prefix, to: PriceTable.Rate(micros: Int64(micros), currency: currency))
        }
        #expect(micros(table, "+4915112345678") == 60)
        #expect(micros(table, "+4917112345678") == 70)
        #expect(micros(table, "+18765551234") == 200)
        #expect(micros(table, "+14155550100") == 10)
        #expect(micros(table, "+6591234567") == 90)
        #expect(micros(table, "someone@example.com") == 90)
        #expect(currency.code == "EUR")
    }

    @Test func withoutAPriceThereIsNone() {
        #expect(micros(PriceTable(), "+6591234567") == nil)
    }
}
