import Domain
import Ingest

/// `herald tool email`: each line judged as an email address.
struct EmailTool {
    private var normalized: [UInt8] = []

    mutating func judge(_ line: Span<UInt8>, into output: inout [UInt8]) {
        guard ToolLine.open(line, into: &output) else { return reject(.invalidUTF8, into: &output) }
        normalized.removeAll(keepingCapacity: true)
        switch EmailAddress.check(line, into: &normalized) {
        case .success:
            ToolLine.append(",\"valid\":true,\"normalized\":", to: &output)
            JSONText.appendQuoted(normalized.span, into: &output)
            ToolLine.append(",\"reason\":null}", to: &output)
        case .failure(let fault): reject(fault.code, into: &output)
        }
    }

    private func reject(_ code: RejectCode, into output: inout [UInt8]) {
        ToolLine.append(",\"valid\":false,\"normalized\":null,\"reason\":", to: &output)
        ToolLine.close(code, into: &output)
    }
}
