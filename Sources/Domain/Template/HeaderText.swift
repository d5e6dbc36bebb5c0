/// Keeps text to one line, so that no recipient's data can add a header of its own.
package enum HeaderText {
    /// Turns each run of control characters, line feeds among them, into one space, and the Unicode line ends too.
    package static func fold(_ bytes: inout [UInt8], from start: Int) {
        var at = start
        while at < bytes.count, width(bytes, at) == 0 { at += 1 }
        guard at < bytes.count else { return }
        var end = at
        var isInRun = false
        while at < bytes.count {
            let width = width(bytes, at)
            if width > 0 {
                if !isInRun {
                    bytes[end] = 0x20
                    end += 1
                }
                isInRun = true
                at += width
            } else {
                bytes[end] = bytes[at]
                end += 1
                at += 1
                isInRun = false
            }
        }
        bytes.removeLast(bytes.count - end)
    }

    /// How many bytes of a line end or a control character stand at `at`; 0 where none does.
    private static func width(_ bytes: [UInt8], _ at: Int) -> Int {
        switch bytes[at] {
        case 0..<0x20, 0x7F: return 1
        case 0xC2 where at + 1 < bytes.count && bytes[at + 1] < 0xA0: return 2
        case 0xE2
        where at + 2 < bytes.count && bytes[at + 1] == 0x80 && (bytes[at + 2] == 0xA8 || bytes[at + 2] == 0xA9):
            return 3
        default: return 0
        }
    }
}
