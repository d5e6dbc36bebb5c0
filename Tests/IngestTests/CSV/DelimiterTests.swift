import Testing

@testable import Ingest

@Suite struct DelimiterTests {
    @Test(arguments: [
        ("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1,2\t3\n", "\t"), ("a|b;c\n1|2\n3|4\n", "|"),
        ("phone\n+65\n", ","), ("sep=;\r\na,b;c\n", ";"), ("\"SEP=|\"\na|b\n", "|"),
        ("\"a;b\",c\n1,2\n", ","), ("Name, first;Phone;City\nTan;1;x\nLim;2;y\nNg;3;z\n", ";"), ("", ","),
        ("a;b;c\n1,2;3,4;5,6\n\"x;y\";2,0;3\n", ";"),
    ])
    func finds(text: String, delimiter: Character) throws {
        var sample = TextBuffer()
        sample.append(Array(text.utf8)[...])
        #expect(Delimiter.detect(sample, isWhole: true).delimiter == delimiter.asciiValue)
    }

    @Test func theSeparatorLineIsNoRecord() throws {
        let scanned = try Scanned("sep=;\r\na;b\r\n1;2\r\n")
        #expect(scanned.records == [["a", "b"], ["1", "2"]])
        #expect(scanned.lines == [2, 3])
    }
}
