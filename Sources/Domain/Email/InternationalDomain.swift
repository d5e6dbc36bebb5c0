private import CIDN

/// A domain name in another script, by IDNA 2008 after the mapping of UTS 46: its own spelling and its ASCII
/// form. The only owner of libidn2.
struct InternationalDomain {
    let unicode: String
    let ascii: String

    /// Takes a name in either form, or in both mixed. Nil if it is no valid name.
    init?(_ name: String) {
        // The mapping of libidn2 is years older than ours: it refuses some capitals and makes `ss` of the sharp s's.
        let lower = name.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        let mapping = IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue
        guard let ascii = Self.lookup(lower, mapping), let unicode = Self.decode(ascii),
            // The mapping lets symbols through, which the strict rules don't.
            Self.lookup(unicode, IDN2_NO_TR46.rawValue) == ascii, DomainContext.allows(unicode)
        else { return nil }
        self.unicode = unicode
        self.ascii = ascii
    }

    /// The ASCII form of a name that was checked before.
    static func ascii(ofChecked unicode: String) -> String { lookup(unicode, IDN2_NO_TR46.rawValue) ?? unicode }

    private static func lookup(_ name: String, _ flags: UInt32) -> String? {
        var result: UnsafeMutablePointer<UInt8>?
        let outcome = name.withCString(encodedAs: UTF8.self) { idn2_lookup_u8($0, &result, Int32(flags)) }
        defer { idn2_free(result) }
        guard outcome == IDN2_OK.rawValue, let result else { return nil }
        return String(decodingCString: result, as: UTF8.self)
    }

    private static func decode(_ ascii: String) -> String? {
        var result: UnsafeMutablePointer<CChar>?
        let outcome = ascii.withCString { idn2_to_unicode_8z8z($0, &result, 0) }
        defer { idn2_free(result) }
        guard outcome == IDN2_OK.rawValue, let result else { return nil }
        return String(cString: result)
    }
}
