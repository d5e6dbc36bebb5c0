import Testing

@testable import Domain

struct NumberPrefixTests {
    @Test(arguments: ["65", "+65123", "0", "00", "123456789012345"])
    func digitsComeBackAsTheyWereWritten(text: String) throws {
        let prefix = try #require(NumberPrefix(text))
        #expect("+" + prefix.digits == (text.hasPrefix("+") ? text : "+" + text))
        #expect(prefix.count == prefix.digits.count)
    }

    @Test(arguments: ["", "+", "6 5", "++65", "65+", "1234567890123456", "٦٥"])
    func anythingElseIsNoPrefix(text: String) {
        #expect(NumberPrefix(text) == nil)
    }

    @Test func aPrefixComesDirectlyBeforeAllThatItBegins() {
        let texts = ["6", "60", "600", "601", "65", "650", "6512", "66", "7"]
        let prefixes = texts.compactMap { NumberPrefix($0) }
        #expect(prefixes.shuffled().sorted() == prefixes)
        for (longer, text) in zip(prefixes, texts) {
            for (shorter, start) in zip(prefixes, texts) {
                #expect(longer.begins(with: shorter) == text.hasPrefix(start), "\(text) \(start)")
            }
        }
    }

    @Test func onlyANumberBeginsSo() throws {
        let prefix = try #require(NumberPrefix("65"))
        func begins(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            return prefix.begins(bytes.span)
        }
        #expect(begins("+6512345678") && begins("+65"))
        #expect(!begins("6512345678") && !begins("+6") && !begins("+5612345678") && !begins(""))
    }

    @Test func thePriceListComesBackWithItsPrefixes() throws {
        let currency = try #require(Currency("SGD"))
        var table = PriceTable()
        for (prefix, micros) in [("", 1), ("0", 2), ("00", 3), ("123456789012345", 4)] {
            table.set(prefix: prefix, to: PriceTable.Rate(micros: Int64(micros), currency: currency))
        }
        let entries = Dictionary(uniqueKeysWithValues: table.entries.map { ($0.prefix?.digits ?? "", $0.rate.micros) })
        #expect(entries == ["": 1, "0": 2, "00": 3, "123456789012345": 4])
    }
}
