import Domain

/// Many ledger rows as the database sent them, in one buffer: a row is looked at in place, and nothing is made of
/// fields that nobody asks for.
package struct LedgerRows: Sendable {
    package let slice: LedgerSlice
    private var bytes: [UInt8] = []
    /// Where each row's fields begin.
    private var starts: [Int] = []
    private(set) var campaigns: Set<Int64> = []
    private var lastCampaign: Int64 = -1

    package var count: Int { starts.count }

    /// Those of a fixed size first: their places are known.
    static let columns = """
        l.message, l.at, l.cost, l.campaign, l.tenant, l.provider, l.attempt, l.segments, l.state, l.was, l.channel, l.final, \
        l.country, l.currency, l.reason, l.reference, l.recipient
        """
    static let columnCount: Int16 = 17
    /// Signature, flags, length of what follows.
    private static let header = 19

    init(slice: LedgerSlice) { self.slice = slice }

    /// One message of a COPY: the first comes with the stream's header, and the last is its end alone.
    mutating func append(_ message: UnsafeRawBufferPointer) {
        var row = message
        if starts.isEmpty, row.count > Self.header, row[0] == 0x50 {
            row = UnsafeRawBufferPointer(rebasing: row[Self.header...])
        }
        guard row.count >= 2 + Self.fixedSize, Int16(row[0]) << 8 | Int16(row[1]) == Self.columnCount else { return }
        let campaign = Row(bytes: UnsafeRawBufferPointer(rebasing: row[2...])).campaign
        if campaign != lastCampaign {
            campaigns.insert(campaign)
            lastCampaign = campaign
        }
        starts.append(bytes.count)
        bytes.append(contentsOf: row[2...])
    }

    /// Four numbers of eight bytes, two of four, five of two, one of one, five texts; each has its length before it.
    private static let fixedSize = 4 * 12 + 2 * 8 + 5 * 6 + 5 + 5 * 4

    /// Calls the body with each row, the last one first.
    package func forEachBackwards(_ body: (Row) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { buffer in
            var end = buffer.count
            for start in starts.reversed() {
                try body(Row(bytes: UnsafeRawBufferPointer(rebasing: buffer[start..<end])))
                end = start
            }
        }
    }

    /// One row. Valid within `forEachBackwards` only.
    package struct Row {
        private let bytes: UnsafeRawBufferPointer

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        package var message: MessageID { MessageID(rawValue: number(at: 4)) }
        package var at: Timestamp { Timestamp(micros: number(at: 16) &+ postgresEpochMicros) }
        package var cost: Int64 { number(at: 28) }
        package var campaign: Int64 { number(at: 40) }
        package var tenant: Int64 { Int64(number(at: 52) as Int32) }
        package var provider: Int64 { Int64(number(at: 60) as Int32) }
        package var attempt: Int16 { number(at: 68) }
        package var segments: Int16 { number(at: 74) }
        package var state: Int16 { number(at: 80) }
        package var was: Int16 { number(at: 86) }
        package var channel: Int16 { number(at: 92) }
        package var final: Bool { bytes[98] != 0 }

        /// The texts, one after the other.
        package func withTexts<R>(
            _ body: (
                _ country: Span<UInt8>, _ currency: Span<UInt8>, _ reason: Span<UInt8>, _ reference: Span<UInt8>,
                _ recipient: UnsafeRawBufferPointer
            ) throws -> R
        ) rethrows -> R {
            var at = 99
            func next() -> UnsafeRawBufferPointer {
                let length = Int(number(at: at) as Int32)
                defer { at += 4 + length }
                return UnsafeRawBufferPointer(rebasing: bytes[at + 4..<at + 4 + length])
            }
            let (country, currency, reason, reference, recipient) = (next(), next(), next(), next(), next())
            func span(_ raw: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8> { raw.bindMemory(to: UInt8.self) }
            return try body(
                span(country).span, span(currency).span, span(reason).span, span(reference).span, recipient)
        }

        private func number<T: FixedWidthInteger & BitwiseCopyable>(at place: Int) -> T {
            T(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: T.self))
        }
    }
}
