import Domain
import Ingest
import Storage

/// Turns addresses, in any form that people write them in, into the keyed hashes under which they are kept. What comes
/// out can be compared and never read back.
struct AddressReader: Sendable {
    /// Why an address can't be right, as the list of rejected ones says it.
    struct Rejection: Error, Sendable {
        let rule: String
        let detail: String
    }

    private let channel: Channel?
    private let region: Region
    private let key: KeyedHash

    init(_ call: APICall, channel: Channel?) async throws {
        self.channel = channel
        region = call.caller.region
        key = try await call.tenantKey().recipients
    }

    struct Address: Sendable {
        let hash: RecipientHash
        let kind: AddressKind
        let normal: String

        /// As it may be shown.
        var shown: String { Masked.address(normal) }
    }

    func read(_ text: String) throws(Rejection) -> Address {
        // Without a channel an @ makes it an email address, anything else a number.
        let kind = channel?.addressKind ?? (text.utf8.contains(0x40) ? .email : .phone)
        let written = Array(text.utf8)
        let cell = Cell.trimmed(written.span, 0..<written.count)
        guard !cell.isEmpty else { throw Rejection(rule: "address_missing", detail: "The address is empty.") }
        var address: [UInt8] = []
        switch AddressCheck(kind: kind, defaultRegion: region).check(
            written.span.extracting(cell), appendingTo: &address)
        {
        case .valid: break
        case .rejected(let code): throw Rejection(rule: code.rawValue, detail: code.explanation)
        }
        return Address(
            hash: key.recipient(kind, address.span), kind: kind, normal: String(decoding: address, as: UTF8.self))
    }
}
