import Domain
import Storage

/// A ledger row as a step carried it, read back from its COPY.
struct StoredRow: Hashable {
    let index: Int
    let attempt: Int
    let provider: Int64
    let channel: Channel?
    let segments: Int
    let cost: Int64
    let currency: String
    let country: String
    let state: MessageState
    let final: Bool
    let reason: String

    static func rows(of step: WindowStep) -> [StoredRow] {
        let names = LedgerRow.columns.split(separator: ",").map { $0.filter { $0 != " " } }
        let bytes = step.rows.bytes
        // The signature, flags and the length of an extension.
        var at = 19
        func integer(_ size: Int) -> Int64 {
            defer { at += size }
            let raw = bytes[at..<at + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size < 8 && raw >> UInt64(size * 8 - 1) == 1
                ? Int64(raw) - 1 << Int64(size * 8) : Int64(bitPattern: raw)
        }
        return (0..<step.rows.count).map { _ in
            let columns = Int(integer(2))
            precondition(columns == names.count)
            var numbers: [String: Int64] = [:]
            var texts: [String: String] = [:]
            for name in names {
                let length = Int(integer(4))
                if length <= 8 { numbers[name] = bytes[at..<at + length].reduce(0) { $0 << 8 | Int64($1) } }
                texts[name] = String(decoding: bytes[at..<at + length], as: UTF8.self)
                at += length
            }
            return StoredRow(
                index: MessageID(rawValue: numbers["message"] ?? 0).index, attempt: Int(numbers["attempt"] ?? 0),
                provider: numbers["provider"] ?? 0, channel: Channel(code: numbers["channel"] ?? 0),
                segments: Int(numbers["segments"] ?? 0), cost: numbers["cost"] ?? 0, currency: texts["currency"] ?? "",
                country: texts["country"] ?? "",
                state: MessageState(rawValue: Int16(numbers["state"] ?? 0)) ?? .unknown,
                final: numbers["final"] == 1, reason: texts["reason"] ?? "")
        }
    }
}
