import Testing

@testable import herald

struct PrintableTests {
    @Test(arguments: [
        ("plain ü 漢", "plain ü 漢"), ("a\u{1B}]0;pwn\u{7}b", "a ]0;pwn b"), ("a\u{202E}b", "a b"), ("a\r\nb", "a  b"),
        ("a\u{9B}2Jb", "a 2Jb"),
    ]) func nothingMovesTheCursor(text: String, shown: String) { #expect(text.printable() == shown) }

    @Test func linesMayBeKept() { #expect("a\nb\u{8}".printable(keepingLines: true) == "a\nb ") }
}
