extension String {
    /// Without what would move a terminal's cursor, set its title or turn the direction of writing: names of
    /// files and columns, and what recipients are called, come from outside.
    func printable(keepingLines: Bool = false) -> String {
        func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x09, 0x0A: keepingLines
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x2028, 0x2029: false
            default: true
            }
        }
        if unicodeScalars.allSatisfy(isHarmless) { return self }
        return String(UnicodeScalarView(unicodeScalars.map { isHarmless($0) ? $0 : " " }))
    }
}
