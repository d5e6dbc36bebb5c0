import Domain
import Ingest

/// Appends the members of a tool's answer. All names and codes are plain ASCII and need no escapes.
enum ToolLine {
    /// `{"input":"…"`, with U+FFFD for what is no UTF-8. False if there was any of that.
    static func open(_ input: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        append("{\"input\":", to: &output)
        if UTF8Check.isValid(input, in: 0..<input.count) {
            JSONText.appendQuoted(input, into: &output)
            return true
        }
        var repaired: [UInt8] = []
        UTF8Check.appendRepaired(input, in: 0..<input.count, keepingNul: true, to: &repaired)
        JSONText.appendQuoted(repaired.span, into: &output)
        return false
    }

    static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `"reason"}`
    static func close(_ reason: RejectCode, into output: inout [UInt8]) {
        output.append(0x22)
        output.append(contentsOf: reason.rawValue.utf8)
        output.append(0x22)
        output.append(0x7D)
    }
}
