import Domain

/// `herald tool segments`: each line a JSON string, counted as an SMS.
struct SegmentsTool {
    private var text: [UInt8] = []

    /// Appends the count, or `null` where the line is no JSON string; then says why.
    mutating func judge(_ line: Span<UInt8>, into output: inout [UInt8]) -> String? {
        do throws(JSONError) {
            try read(line)
        } catch {
            ToolLine.append("null", to: &output)
            return "column \(error.position(in: line).column): \(error.reason.rawValue)"
        }
        let count = SegmentCount(of: text.span)
        ToolLine.append("{\"encoding\":\"", to: &output)
        output.append(contentsOf: count.encoding.rawValue.utf8)
        ToolLine.append("\",\"units\":", to: &output)
        output.append(contentsOf: String(count.units).utf8)
        ToolLine.append(",\"segments\":", to: &output)
        output.append(contentsOf: String(count.segments).utf8)
        output.append(0x7D)
        return nil
    }

    private mutating func read(_ line: Span<UInt8>) throws(JSONError) {
        text.removeAll(keepingCapacity: true)
        let range = try JSONText.string(line)
        JSONText.appendUnescaped(line, range, into: &text)
    }
}
