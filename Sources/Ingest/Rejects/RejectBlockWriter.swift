import Domain

/// Builds a `RejectBlock`. Reused from batch to batch.
package struct RejectBlockWriter: Sendable {
    /// What is kept of one refused row: a hostile one may be megabytes.
    private static let longestRow = 64 << 10

    package private(set) var count = 0
    private var bytes: [UInt8] = []
    private var said: [String: Int] = [:]

    package init() {}

    package mutating func clear() {
        count = 0
        bytes.removeAll(keepingCapacity: true)
        said.removeAll(keepingCapacity: true)
    }

    package var block: [UInt8] { count == 0 ? [] : bytes }

    package mutating func append(
        line: Int, column: Int?, code: RejectCode, detail: String, _ text: Span<UInt8>, _ fields: Span<FieldRange>
    ) {
        if count == 0 { bytes.append(contentsOf: RejectBlock.magic) }
        count += 1
        Varint.append(line, to: &bytes)
        Varint.append((column ?? -1) + 1, to: &bytes)
        word(code.rawValue)
        word(code.explanation)
        word(detail)
        Varint.append(fields.count, to: &bytes)
        var room = Self.longestRow
        var repaired: [UInt8] = []
        for index in fields.indices {
            repaired.removeAll(keepingCapacity: true)
            let range = fields[index].range
            UTF8Check.appendRepaired(text, in: range.prefix(room), to: &repaired)
            room -= min(room, range.count)
            Varint.append(repaired.count, to: &bytes)
            bytes.append(contentsOf: repaired)
        }
    }

    private mutating func word(_ text: String) {
        if let place = said[text] {
            bytes.append(0)
            Varint.append(place, to: &bytes)
        } else if text.isEmpty {
            bytes.append(contentsOf: [0, 0])
        } else {
            said[text] = said.count + 1
            Varint.append(text.utf8.count, to: &bytes)
            bytes.append(contentsOf: text.utf8)
        }
    }
}
