import TestSupport
import Testing

@testable import Domain

@Suite struct CurrencyTests {
    @Test func theTableIsTheStandards() throws {
        let published = Set(try PythonOracle.lines("currencies.py").map(String.init))
        #expect(published.count > 150 && CurrencyTable.inUse == published)
    }

    @Test(arguments: ["SGD", "sgd", "Eur", "USD", "XOF", "JPY", "KWD"]) func aCurrencyInUseIsTaken(text: String) throws
    {
        #expect(try Currency(named: text).code == text.uppercased())
        #expect(Currency(text) == Currency(stored: text))
    }

    /// None, tests, metals, units of account, funds; what was withdrawn; what never was.
    @Test(arguments: [
        "XXX", "XTS", "XAU", "XDR", "XSU", "XAD", "USN", "CHE", "UYW", "DEM", "HRK", "BGN", "QQQ", "ABC", "", "S$", "€",
        "EURO", "dollars", "Š12",
    ]) func whatNobodyPaysWithIsRefused(text: String) {
        #expect(Currency(text) == nil)
        #expect(throws: CurrencyFault.self) { try Currency(named: text) }
    }

    @Test(arguments: [
        ("QQQ", "“QQQ” is no currency in use: it takes a code of three letters (ISO 4217) such as SGD or EUR."),
        ("SGF", "“SGF” is no currency in use (ISO 4217). Did you mean SGD?"),
        ("UDS", "USD?"), ("EURO", "Did you mean EUR?"), ("hrk", "no longer a currency in use: EUR took its place."),
        ("ANG", "XCG took its place."),
    ]) func theErrorSaysWhatIsMeantWhereThatCanBeTold(text: String, words: String) {
        let fault = #expect(throws: CurrencyFault.self) { try Currency(named: text) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    @Test func aLongTextIsShownInPart() {
        let fault = #expect(throws: CurrencyFault.self) { try Currency(named: String(repeating: "q", count: 5000)) }
        #expect((fault?.description.count ?? 0) < 200)
    }

    @Test func whatIsStoredIsReadWhateverBecameOfIt() {
        #expect(Currency(stored: "HRK")?.code == "HRK" && Currency(stored: "QQQ")?.code == "QQQ")
        #expect(Currency(stored: "QQQQ") == nil && Currency(stored: "") == nil)
    }

    @Test func everySuccessorIsInUseAndNoPredecessor() {
        #expect(CurrencyTable.successors.values.allSatisfy { CurrencyTable.inUse.contains($0) })
        #expect(CurrencyTable.successors.keys.allSatisfy { !CurrencyTable.inUse.contains($0) })
    }
}
