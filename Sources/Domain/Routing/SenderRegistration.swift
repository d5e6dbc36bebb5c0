/// Countries where a sender's name (letters, not a number) needs care. A warning and no rule: operators change this
/// often, and the provider has the last word.
package enum SenderRegistration: Sendable, Hashable {
    /// Operators drop or replace a name that was not registered with them before.
    case required
    /// Names are not shown at all: operators put a number in their place or refuse the message.
    case impossible

    /// Nil where nothing special is known.
    package static func of(_ country: Region) -> SenderRegistration? {
        if registered.contains(country) { return .required }
        return numeric.contains(country) ? .impossible : nil
    }

    /// Whether a sender is a name, to which all this applies.
    package static func isName(_ sender: String) -> Bool {
        sender.utf8.contains { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A) }
    }

    private static let registered = regions(
        "AE AM AU BD BY CU EG ID IN IQ JO KE KW LK MM NG NP OM PH PK QA RU RW SA SG TH TR TZ UG VN ZM")
    private static let numeric = regions("AR BR CA CL CN CO CR EC GU KR MX MY NZ PR SV TW US UY VE ZA")

    private static func regions(_ codes: String) -> Set<Region> {
        Set(codes.split(separator: " ").compactMap { Region($0) })
    }
}
