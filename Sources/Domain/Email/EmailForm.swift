/// What is known about a checked address besides its normalised bytes: enough to take it apart again
/// without looking for anything.
package struct EmailForm: Sendable, Hashable {
    /// Bytes in front of the @ sign.
    package let localCount: Int
    /// Bytes of the whole normalised address.
    package let count: Int
    /// The part in front of the @ sign goes beyond ASCII, so the next server must know SMTPUTF8.
    package let needsSMTPUTF8: Bool
    /// The domain is written in another script; mail servers look it up by its ASCII form.
    package let hasUnicodeDomain: Bool

    init(localCount: Int, count: Int, needsSMTPUTF8: Bool, hasUnicodeDomain: Bool) {
        self.localCount = localCount
        self.count = count
        self.needsSMTPUTF8 = needsSMTPUTF8
        self.hasUnicodeDomain = hasUnicodeDomain
    }
}
