/// The trace that a message belongs to (W3C Trace Context), as its sender named it. It goes on to the provider as it
/// came: what Herald does is kept in its call log under the trace's number, not sent to whoever collects traces.
package struct TraceParent: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64
    package let span: UInt64
    package let flags: UInt8

    package init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
        self.high = high
        self.low = low
        self.span = span
        self.flags = flags
    }

    /// As it is stored: 25 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 25 else { return nil }
        func number(_ place: Int) -> UInt64 { bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: number(0), low: number(8), span: number(16), flags: bytes[24])
    }

    package var bytes: [UInt8] { Self.bytes(of: [high, low, span]) + [flags] }

    /// The trace's number alone: 16 bytes.
    package var idBytes: [UInt8] { Self.bytes(of: [high, low]) }

    /// As the header has it.
    package var header: String {
        "00-\(Self.hex(Self.bytes(of: [high, low])))-\(Self.hex(Self.bytes(of: [span])))-\(Self.hex([flags]))"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }

    private static func bytes(of numbers: [UInt64]) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) } }
    }
}
