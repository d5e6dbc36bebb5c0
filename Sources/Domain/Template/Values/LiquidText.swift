/// Text while a template runs, and what is known of it.
struct LiquidText {
    var string: String
    /// HTML mode: already escaped, or written by the template's author.
    var isSafe = false
    /// From a CSV cell: nobody said whether `007` is a number, so it counts as one beside numbers.
    var isUntyped = false

    init(_ string: String, safe: Bool = false, untyped: Bool = false) {
        self.string = string
        isSafe = safe
        isUntyped = untyped
    }

    var isEmpty: Bool { string.isEmpty }
    var byteCount: Int { string.utf8.count }

    /// Other text with the same standing.
    func with(_ string: String) -> LiquidText { LiquidText(string, safe: isSafe, untyped: isUntyped) }

    /// As a safe text: escaped where it is not safe yet.
    var escaped: LiquidText {
        isSafe ? self : LiquidText(HTMLText.escape(string), safe: true)
    }

    /// Joined to what follows; once a part is safe the whole is, the other part escaped.
    static func + (a: LiquidText, b: LiquidText) -> LiquidText {
        guard a.isSafe || b.isSafe else { return LiquidText(a.string + b.string) }
        return LiquidText(a.escaped.string + b.escaped.string, safe: true)
    }

    /// Byte by byte: canonically equivalent spellings differ, as in every other Liquid.
    static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    /// Order of code points, which is the order of UTF-8 bytes.
    static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
