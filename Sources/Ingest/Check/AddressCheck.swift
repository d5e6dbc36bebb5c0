import Domain

/// Judges one address cell for a kind of address and writes its normal form.
package struct AddressCheck: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// The normal form was appended. `repair` names damage that was mended on the way.
        case valid(Region, repair: String?)
        case rejected(RejectCode)
    }

    private static let longestOpaque = 1024

    package let kind: AddressKind
    /// Where numbers without a country code belong.
    package let defaultRegion: Region

    package init(kind: AddressKind, defaultRegion: Region) {
        self.kind = kind
        self.defaultRegion = defaultRegion
    }

    /// `cell` has no blanks around it and is not empty.
    package func check(_ cell: Span<UInt8>, appendingTo output: inout [UInt8]) -> Verdict {
        switch kind {
        case .phone:
            switch PhoneTable.check(cell, defaultRegion: defaultRegion) {
            case .valid(let number, let repair):
                number.appendE164(to: &output)
                return .valid(number.region, repair: repair?.rawValue)
            case .fault(let fault): return .rejected(fault.code)
            }
        case .email:
            switch EmailAddress.check(cell, into: &output) {
            case .success: return .valid(.none, repair: nil)
            case .failure(let fault): return .rejected(fault.code)
            }
        case .pushToken:
            if case .failure(let fault) = PushToken.check(cell) { return .rejected(fault.code) }
            for index in cell.indices { output.append(cell[index]) }
            return .valid(.none, repair: nil)
        case .opaque:
            if cell.count > Self.longestOpaque { return .rejected(.addressInvalid) }
            for index in cell.indices {
                if cell[index] < 0x20 || cell[index] == 0x7F { return .rejected(.addressInvalid) }
                output.append(cell[index])
            }
            return .valid(.none, repair: nil)
        }
    }

    /// Whether a header cell is really somebody's address: then the file has no header.
    package func looksLikeAddress(_ header: String) -> Bool {
        let bytes = Array(header.utf8)
        switch kind {
        case .phone:
            guard bytes.count(where: { $0 >= 0x30 && $0 <= 0x39 }) >= 7 else { return false }
            return PhoneTable.check(bytes.span, defaultRegion: defaultRegion).number != nil
        case .email:
            let parts = header.split(separator: "@", omittingEmptySubsequences: false)
            return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
        case .pushToken, .opaque:
            return bytes.count >= 64
        }
    }
}
