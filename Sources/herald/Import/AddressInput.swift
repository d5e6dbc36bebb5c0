import Domain
import Ingest

/// One address as somebody typed it, in the form under which it is kept.
struct AddressInput {
    let kind: AddressKind
    let normal: String

    /// Without a channel an @ makes it an email address, anything else a number.
    init(_ text: String, channel: Channel?, region: Region) throws {
        let bytes = Array(text.trimmingBlanks.utf8)
        kind = Self.kind(of: bytes.span, channel: channel)
        var normal: [UInt8] = []
        switch AddressCheck(kind: kind, defaultRegion: region).check(bytes.span, appendingTo: &normal) {
        case .valid: self.normal = String(decoding: normal, as: UTF8.self)
        case .rejected(let code): throw CommandError.failed(code.explanation)
        }
    }

    static func kind(of bytes: Span<UInt8>, channel: Channel?) -> AddressKind {
        if let channel { return channel.addressKind }
        for index in bytes.indices where bytes[index] == 0x40 { return .email }
        return .phone
    }
}
