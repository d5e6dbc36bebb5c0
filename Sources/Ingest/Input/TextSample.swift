/// The beginning of a text, read to find out what it is, before a scanner takes it over.
package struct TextSample: Sendable {
    var text = TextBuffer()
    /// The sample is the whole text.
    private(set) var isWhole = false

    init(_ input: TextInput, _ limits: ScanLimits) throws(IngestError) {
        while !isWhole, text.filled < limits.sample { isWhole = try !input.read(limits.piece, into: &text) }
    }

    var firstVisible: UInt8? { visible.first }
    var secondVisible: UInt8? { visible.dropFirst().first }

    private var visible: [UInt8] {
        Array(text.bytes[..<text.filled].lazy.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }.prefix(2))
    }

    /// The first line end that isn't inside quotes.
    var lineEnding: FileFormat.LineEnding? {
        var isQuoted = false
        for index in 0..<text.filled {
            switch text.bytes[index] {
            case 0x22: isQuoted.toggle()
            case 0x0A where !isQuoted: return .lf
            case 0x0D where !isQuoted: return index + 1 < text.filled && text.bytes[index + 1] == 0x0A ? .crlf : .cr
            default: break
            }
        }
        return nil
    }
}
