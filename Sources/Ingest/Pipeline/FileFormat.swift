/// What a file turned out to be, for the user to see before anything is sent.
package struct FileFormat: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case csv = "CSV"
        case ndjson = "NDJSON"
    }

    package enum LineEnding: String, Sendable {
        case lf = "LF"
        case crlf = "CRLF"
        case cr = "CR"
    }

    package var kind: Kind
    package var encoding: TextEncoding
    package var isGzip: Bool
    /// Nil for NDJSON.
    package var delimiter: UInt8?
    /// The first line's; nil where there is none.
    package var lineEnding: LineEnding?

    /// `comma`, `semicolon`, `tab`, `pipe`, or the character itself.
    package var delimiterName: String? {
        switch delimiter {
        case 0x2C: "comma"
        case 0x3B: "semicolon"
        case 0x09: "tab"
        case 0x7C: "pipe"
        default: delimiter.map { String(UnicodeScalar($0)) }
        }
    }
}
