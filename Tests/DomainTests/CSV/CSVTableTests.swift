import Domain
import Testing

@Suite struct CSVTableTests {
    private func cell(_ value: String) -> String {
        var table = CSVTable()
        table.text(value)
        table.endLine()
        return String(decoding: table.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", "plain\r\n"), ("", "\r\n"), ("a,b", "\"a,b\"\r\n"), ("say \"hi\"", "\"say \"\"hi\"\"\"\r\n"),
        ("two\nlines", "\"two\nlines\"\r\n"), ("two\rlines", "\"two\rlines\"\r\n"), ("grün 日本", "grün 日本\r\n"),
    ]) func quotesOnlyWhatNeedsIt(value: String, expected: String) {
        #expect(cell(value) == expected)
    }

    @Test(arguments: ["=1+1", "+65", "-2", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "\u{FF1D}1", "\u{A0}=1"])
    func guardsAgainstFormulas(value: String) {
        #expect(cell(value) == "'\(value)\r\n")
    }

    @Test func quotesAGuardedCell() {
        #expect(cell("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n")
    }

    @Test func leavesItsOwnNumbersAlone() {
        var table = CSVTable()
        table.number(-5)
        table.number("-0.000001")
        table.text("a-b")
        table.endLine()
        #expect(String(decoding: table.bytes, as: UTF8.self) == "-5,-0.000001,a-b\r\n")
    }
}
