/// The header fields of a request: one buffer and where each name and value stand in it, because a
/// String for each would be a dozen allocations a request. Names compare without regard to case.
package struct HTTPHeaders: Sendable {
    private struct Field {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    package init() {}

    /// For tests of handlers.
    package init(_ fields: [(name: String, value: String)]) {
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBufferPointer { name in
                Array(value.utf8).withUnsafeBufferPointer { append(name: name, value: $0) }
            }
        }
    }

    package var count: Int { fields.count }

    /// The first value of that name. Bytes that are not UTF-8 come out as replacement characters.
    package subscript(name: StaticString) -> String? {
        first(name).map { text($0) }
    }

    /// Every value of that name, in order.
    package func all(_ name: StaticString) -> [String] {
        name.withUTF8Buffer { wanted in
            fields.filter { matches($0.name, wanted) }.map { text($0.value) }
        }
    }

    /// All of them, in order, for those who pass them on.
    package var list: [(name: String, value: String)] { fields.map { (text($0.name), text($0.value)) } }

    func occurrences(of name: StaticString) -> Int {
        name.withUTF8Buffer { wanted in
            var count = 0
            for field in fields where matches(field.name, wanted) { count += 1 }
            return count
        }
    }

    /// Whether the first value of that name is that text, in any case of its letters.
    func isValue(of name: StaticString, _ text: StaticString) -> Bool {
        guard let range = first(name) else { return false }
        return text.withUTF8Buffer { matches(range, $0) }
    }

    /// The bytes of the first value of that name.
    func withValue<Result>(of name: StaticString, _ read: (ArraySlice<UInt8>) -> Result) -> Result? {
        first(name).map { read(bytes[Int($0.lowerBound)..<Int($0.upperBound)]) }
    }

    mutating func reserve(bytes count: Int) {
        bytes.reserveCapacity(count)
        fields.reserveCapacity(8)
    }

    mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let start = Int32(bytes.count)
        bytes.append(contentsOf: name)
        let middle = Int32(bytes.count)
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<Int32(bytes.count)))
    }

    private func first(_ name: StaticString) -> Range<Int32>? {
        name.withUTF8Buffer { wanted in
            for field in fields where matches(field.name, wanted) { return field.value }
            return nil
        }
    }

    private func text(_ range: Range<Int32>) -> String {
        String(decoding: bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
    }

    private func matches(_ range: Range<Int32>, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == wanted.count else { return false }
        let start = Int(range.lowerBound)
        for index in 0..<wanted.count where lowercase(bytes[start + index]) != lowercase(wanted[index]) {
            return false
        }
        return true
    }

    private func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
