import Domain
import TestSupport
import Testing

@Suite struct CSVDocumentTests {
    @Test func readsQuotesLineEndsAndEmptyCells() throws {
        let text = "a,\"b \"\"x\"\"\",\r\n\"1\n2\",,3\n\n\"\"\rlast"
        let document = try CSVDocument(Array(text.utf8))
        #expect(document.header == ["a", "b \"x\"", ""])
        #expect(document.rows.map(\.cells) == [["1\n2", "", "3"], [""], ["last"]])
        #expect(document.rows.map(\.line) == [2, 5, 6])
    }

    /// What we write, we read.
    @Test func readsWhatTheTableWrites() throws {
        var random = SeededRandom(seed: 5)
        let parts = ["a", ",", "\"", "\n", "\r", " ", "é", "=", ";", "'", "\t"]
        for _ in 0..<300 {
            var table = CSVTable()
            var rows: [[String]] = [["h,1", "h2"]]
            for _ in 0..<3 {
                rows.append(
                    (0..<2).map { _ in "x" + (0..<5).map { _ in parts.randomElement(using: &random)! }.joined() })
            }
            for row in rows {
                for cell in row { table.text(cell) }
                table.endLine()
            }
            let read = try CSVDocument(table.bytes)
            #expect([read.header] + read.rows.map(\.cells) == rows)
        }
    }
}
