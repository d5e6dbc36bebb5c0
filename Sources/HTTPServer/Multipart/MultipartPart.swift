/// What is said of a part before its content.
package struct MultipartPart: Equatable, Sendable {
    package let name: String
    /// The last component alone: whatever folder the client names is not this machine's.
    package let fileName: String?
    package let contentType: String?

    private static let longestName = 256

    /// Reads the header lines of a part, without the empty line behind them.
    init(header: ArraySlice<UInt8>) throws(MultipartFault) {
        guard let text = String(validating: header, as: UTF8.self) else { throw .badName }
        var disposition: Substring?
        var type: Substring?
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard disposition == nil else { throw .malformed }
                disposition = value
            case "content-type":
                guard type == nil else { throw .malformed }
                type = value
            default: break
            }
        }
        guard let disposition, let parameters = HeaderParameters(disposition), parameters.value == "form-data",
            let name = parameters["name"], Self.isFit(name)
        else { throw .badName }
        let fileName = parameters["filename"].map { $0.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? "" }
        guard fileName.map(Self.isFit) ?? true else { throw .badName }
        self.name = name
        self.fileName = fileName
        contentType = type.map(String.init)
    }

    private static func isFit(_ name: String) -> Bool {
        name.utf8.count <= longestName && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}
