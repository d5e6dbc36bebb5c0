import Domain
import Ingest
import Storage

/// Who replied, in the form under which recipients are kept. Providers write numbers with and without a plus, some
/// as they are dialled at home.
struct ReplyAddress {
    private let kind: AddressKind
    private let normal: [UInt8]

    /// Nil where it is no address that anybody could be sent to.
    init?(_ text: String, region: Region) {
        let text = Array(text.utf8).filter { $0 > 0x20 }
        guard !text.isEmpty else { return nil }
        kind = text.contains(0x40) ? .email : .phone
        // Nearly all write international numbers, so that is tried first; `00` and what is dialled at home after it.
        let spellings = kind == .phone && text.first != 0x2B ? [[0x2B] + text, text] : [text]
        for spelling in spellings {
            var normal: [UInt8] = []
            if case .valid = AddressCheck(kind: kind, defaultRegion: region).check(
                spelling.span, appendingTo: &normal)
            {
                self.normal = normal
                return
            }
        }
        return nil
    }

    func hash(with key: TenantKey) -> RecipientHash { key.recipients.recipient(kind, normal.span) }
}
