private import CPostgres
import Domain

/// The rows of one answer. Owns libpq's result and frees it; stays on its connection's thread.
package final class PostgresRows {
    private let result: OpaquePointer
    package let count: Int

    init(owning result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    package subscript(row: Int) -> PostgresRow { PostgresRow(result: result, row: Int32(row), owner: self) }

    package var first: PostgresRow? { count > 0 ? self[0] : nil }

    package func map<T>(_ transform: (PostgresRow) throws -> T) rethrows -> [T] {
        try (0..<count).map { try transform(self[$0]) }
    }
}

/// One row, read by column name and Swift type. A column that is missing, null where it must not be, or
/// of another type throws: a wrong statement is found by the first test that runs it.
package struct PostgresRow {
    fileprivate let result: OpaquePointer
    fileprivate let row: Int32
    fileprivate let owner: PostgresRows

    package func int(_ column: String) throws(StorageError) -> Int64 { try require(optionalInt(column), column) }
    package func text(_ column: String) throws(StorageError) -> String { try require(optionalText(column), column) }
    package func bytes(_ column: String) throws(StorageError) -> [UInt8] { try require(optionalBytes(column), column) }
    package func time(_ column: String) throws(StorageError) -> Timestamp { try require(optionalTime(column), column) }

    package func bool(_ column: String) throws(StorageError) -> Bool { try require(optionalBool(column), column) }

    package func optionalBool(_ column: String) throws(StorageError) -> Bool? {
        try value(column, types: [16], text: { $0 == "t" }) { $0[0] != 0 }
    }

    /// int2, int4, int8 and oid.
    package func optionalInt(_ column: String) throws(StorageError) -> Int64? {
        try value(column, types: [20, 21, 23, 26, 5069, 28], text: { Int64($0) }) { bytes in
            var result: Int64 = bytes[0] & 0x80 != 0 && bytes.count < 8 ? -1 : 0
            for byte in bytes { result = result << 8 | Int64(byte) }
            return result
        }
    }

    /// text, varchar, name, char and json.
    package func optionalText(_ column: String) throws(StorageError) -> String? {
        try value(column, types: [25, 1043, 19, 18, 114, 1042], text: { $0 }) { String(decoding: $0, as: UTF8.self) }
    }

    package func optionalBytes(_ column: String) throws(StorageError) -> [UInt8]? {
        try value(column, types: [17], text: { unhex($0.dropFirst(2)) }) { Array($0) }
    }

    package func optionalTime(_ column: String) throws(StorageError) -> Timestamp? {
        try value(column, types: [1184]) { bytes in
            var result: Int64 = 0
            for byte in bytes { result = result << 8 | Int64(byte) }
            return Timestamp(micros: result &+ postgresEpochMicros)
        }
    }

    /// A one-dimensional bytea[] without nulls.
    package func bytesArray(_ column: String) throws(StorageError) -> [[UInt8]] {
        try elements(column, type: 1001)
    }

    /// A one-dimensional text[] without nulls.
    package func textArray(_ column: String) throws(StorageError) -> [String] {
        try elements(column, type: 1009).map { String(decoding: $0, as: UTF8.self) }
    }

    private func elements(_ column: String, type: UInt32) throws(StorageError) -> [[UInt8]] {
        try require(
            value(column, types: [type]) { bytes in
                var elements: [[UInt8]] = []
                var at = 20
                while at + 4 <= bytes.count {
                    let length =
                        Int(bytes[at]) << 24 | Int(bytes[at + 1]) << 16 | Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
                    elements.append(Array(bytes[(at + 4)..<(at + 4 + length)]))
                    at += 4 + length
                }
                return elements
            }, column)
    }

    private func value<T>(
        _ column: String, types: [UInt32], text: ((String) -> T?)? = nil, _ decode: (UnsafeBufferPointer<UInt8>) -> T
    ) throws(StorageError) -> T? {
        let index = PQfnumber(result, column)
        guard index >= 0 else { throw .malformed("no column \(column)") }
        guard PQgetisnull(result, row, index) == 0 else { return nil }
        guard types.contains(PQftype(result, index)), let start = PQgetvalue(result, row, index) else {
            throw .malformed("column \(column) has type \(PQftype(result, index))")
        }
        // A statement that shares its round trip with a COPY answers in text.
        if PQfformat(result, index) == 0 {
            guard let value = text?(String(cString: start)) else { throw .malformed("column \(column) in text") }
            return value
        }
        let length = Int(PQgetlength(result, row, index))
        return start.withMemoryRebound(to: UInt8.self, capacity: length) {
            decode(UnsafeBufferPointer(start: $0, count: length))
        }
    }

    private func require<T>(_ value: T?, _ column: String) throws(StorageError) -> T {
        guard let value else { throw .malformed("column \(column) is null") }
        return value
    }
}
