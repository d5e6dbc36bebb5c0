/// The fields at the start of a mail, of a part of it, or of a group in a report. Tolerant, and bounded: mail is
/// anybody's, and what is too much of it is left out.
struct MailFields: Sendable {
    private var fields: [(name: String, value: String)] = []
    private static let most = 200
    private static let longestName = 76
    private static let longestValue = 2000

    var isEmpty: Bool { fields.isEmpty }

    /// Takes the fields off the front of `bytes`, and the empty line behind them.
    init(_ bytes: inout ArraySlice<UInt8>) {
        while !bytes.isEmpty {
            let line = Self.line(&bytes)
            if line.isEmpty { return }
            if line[line.startIndex] == 0x20 || line[line.startIndex] == 0x09 {
                extend(line)
            } else if let colon = line.firstIndex(of: 0x3A), colon - line.startIndex <= Self.longestName,
                fields.count < Self.most
            {
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                fields.append((Self.trimmed(name), Self.text(line[(colon + 1)...])))
            }
        }
    }

    /// The first of that name, which is in lower case; empty where there is none.
    subscript(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    func all(_ names: Set<String>) -> [String] { fields.filter { names.contains($0.name) }.map(\.value) }

    private mutating func extend(_ line: ArraySlice<UInt8>) {
        guard let last = fields.indices.last, fields[last].value.utf8.count < Self.longestValue else { return }
        fields[last].value += " " + Self.text(line)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        trimmed(String(decoding: bytes.prefix(longestValue), as: UTF8.self))
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// Without its end, which is LF or CRLF.
    static func line(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let end = bytes.firstIndex(of: 0x0A) else {
            defer { bytes = [] }
            return bytes
        }
        let line = bytes[..<end]
        bytes = bytes[(end + 1)...]
        return line.last == 0x0D ? line.dropLast() : line
    }
}
