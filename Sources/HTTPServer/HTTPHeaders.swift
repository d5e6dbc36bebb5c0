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

    package var count: Int { fields.count }

    /// The first value of that name. Bytes that are not UTF-8 come out as replacement characters.
    package subscript(name: StaticString) -> String? {
        name.withUTF8Buffer { wanted in
            for field in fields where matches(field.name, wanted) {
                return String(decoding: bytes[Int(field.value.lowerBound)..<Int(field.value.upperBound)], as: UTF8.self)
            }
            return nil
        }
    }

    mutating func reserve(fields count: Int) {
        fields.reserveCapacity(count)
        bytes.reserveCapacity(count * 32)
    }

    mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let start = Int32(bytes.count)
        bytes.append(contentsOf: name)
        let middle = Int32(bytes.count)
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<Int32(bytes.count)))
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
