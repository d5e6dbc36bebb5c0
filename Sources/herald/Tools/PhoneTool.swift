import Domain
import Ingest

/// `herald tool phone`: each line judged as a phone number, by libphonenumber's rules for what is valid.
struct PhoneTool {
    let region: Region
    let repair: PhoneRepairPolicy

    func judge(_ line: Span<UInt8>, into output: inout [UInt8]) {
        guard ToolLine.open(line, into: &output) else { return reject(.invalidUTF8, into: &output) }
        switch PhoneTable.check(line, defaultRegion: region, repair: repair) {
        case .valid(let number, _):
            ToolLine.append(",\"valid\":true,\"e164\":\"", to: &output)
            number.appendE164(to: &output)
            ToolLine.append("\",\"region\":\"", to: &output)
            number.region.append(to: &output)
            ToolLine.append("\",\"reason\":null}", to: &output)
        case .fault(let fault): reject(fault.code, into: &output)
        }
    }

    private func reject(_ code: RejectCode, into output: inout [UInt8]) {
        ToolLine.append(",\"valid\":false,\"e164\":null,\"region\":null,\"reason\":", to: &output)
        ToolLine.close(code, into: &output)
    }
}

extension Region {
    /// Its letters, without an allocation.
    fileprivate func append(to output: inout [UInt8]) {
        for shift: UInt32 in [16, 8, 0] where packed >> shift & 0xFF != 0 {
            output.append(UInt8(truncatingIfNeeded: packed >> shift))
        }
    }
}
