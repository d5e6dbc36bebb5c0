import Domain

/// A statement's parameter. Sent in PostgreSQL's binary format with its type, so that nothing is ever
/// quoted into SQL and a bytea costs no hex.
package enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case text(String)
    case bytes([UInt8])
    case time(Timestamp)
    case json(String)
    case intArray([Int64])
    case textArray([String])
    case bytesArray([[UInt8]?])

    package static func number(_ value: some BinaryInteger) -> PostgresValue { .int(Int64(value)) }
    package static func optional(_ value: Int64?) -> PostgresValue { value.map { .int($0) } ?? .null }
    package static func optional(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    package static func optional(_ value: [UInt8]?) -> PostgresValue { value.map { .bytes($0) } ?? .null }
    package static func optional(_ value: Timestamp?) -> PostgresValue { value.map { .time($0) } ?? .null }

    /// The type's object id, fixed since PostgreSQL 7. Zero lets the server decide.
    var typeID: UInt32 {
        switch self {
        case .null: 0
        case .bool: 16
        case .int: 20
        case .text: 25
        case .bytes: 17
        case .time: 1184
        case .json: 114
        case .intArray: 1016
        case .textArray: 1009
        case .bytesArray: 1001
        }
    }

    /// The value in binary format; nil is SQL's null.
    var encoded: [UInt8]? {
        switch self {
        case .null: return nil
        case .bool(let value): return [value ? 1 : 0]
        case .int(let value): return bigEndianBytes(value)
        case .text(let value), .json(let value): return Array(value.utf8)
        case .bytes(let value): return value
        case .time(let value): return bigEndianBytes(value.micros - postgresEpochMicros)
        case .intArray(let values): return Self.array(values.map { bigEndianBytes($0) }, of: 20)
        case .textArray(let values): return Self.array(values.map { Array($0.utf8) }, of: 25)
        case .bytesArray(let values): return Self.array(values, of: 17)
        }
    }

    /// One dimension: dimensions, whether there are nulls, element type, length, lower bound, then the elements.
    private static func array(_ elements: [[UInt8]?], of type: Int32) -> [UInt8] {
        var out: [UInt8] = []
        out.append(contentsOf: bigEndianBytes(Int32(elements.isEmpty ? 0 : 1)))
        out.append(contentsOf: bigEndianBytes(Int32(elements.contains(nil) ? 1 : 0)))
        out.append(contentsOf: bigEndianBytes(type))
        guard !elements.isEmpty else { return out }
        out.append(contentsOf: bigEndianBytes(Int32(elements.count)))
        out.append(contentsOf: bigEndianBytes(Int32(1)))
        for element in elements {
            guard let element else {
                out.append(contentsOf: bigEndianBytes(Int32(-1)))
                continue
            }
            out.append(contentsOf: bigEndianBytes(Int32(element.count)))
            out.append(contentsOf: element)
        }
        return out
    }
}

/// PostgreSQL counts time from 2000-01-01T00:00:00Z.
let postgresEpochMicros: Int64 = 946_684_800_000_000

func bigEndianBytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
