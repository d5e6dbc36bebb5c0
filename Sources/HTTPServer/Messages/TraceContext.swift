/// A place in a distributed trace (W3C Trace Context): taken from `traceparent`, or begun here.
package struct TraceContext: Sendable, Equatable {
    package let traceHigh: UInt64
    package let traceLow: UInt64
    /// The span that is the parent of what is done here.
    package let span: UInt64
    package let flags: UInt8

    static let none = TraceContext(traceHigh: 0, traceLow: 0, span: 0, flags: 0)

    package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.flags = flags
    }

    /// Nil where the header is not as the standard has it; then a trace is begun anew.
    package init?(header: ArraySlice<UInt8>) {
        let dash = UInt8(ascii: "-")
        let base = header.startIndex
        guard header.count >= 55, header[base + 2] == dash, header[base + 35] == dash, header[base + 52] == dash,
            let version = Self.number(header[base..<base + 2]), version != 255,
            // A later version may say more behind another dash.
            header.count == 55 || (version > 0 && header[base + 55] == dash),
            let high = Self.number(header[base + 3..<base + 19]),
            let low = Self.number(header[base + 19..<base + 35]),
            let span = Self.number(header[base + 36..<base + 52]),
            let flags = Self.number(header[base + 53..<base + 55]),
            high | low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, flags: UInt8(flags))
    }

    /// The caller keeps what belongs to this trace.
    package var isSampled: Bool { flags & 1 != 0 }

    /// As it is passed on.
    package var header: String { "00-\(traceID)-\(hex(span))-\(hex(UInt64(flags)).suffix(2))" }

    package var traceID: String { hex(traceHigh) + hex(traceLow) }

    private func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Digits in lower case only, as the standard asks.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return number
    }
}
