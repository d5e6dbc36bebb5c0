/// A number that somebody could own: valid under its country's numbering plan. Sixteen bytes, so that a
/// million of them cost no allocation; the text form is written where it is needed.
package struct PhoneNumber: Sendable, Hashable {
    /// Calling code and national number as one integer. No calling code begins with a zero, so nothing is
    /// lost; the longest number of the metadata has 19 digits.
    package let packed: UInt64
    package let callingCode: UInt16
    /// Where the number belongs; `001` where its plan belongs to no country.
    package let region: Region

    init(packed: UInt64, callingCode: UInt16, region: Region) {
        self.packed = packed
        self.callingCode = callingCode
        self.region = region
    }

    /// Appends `+` and the digits.
    package func appendE164(to bytes: inout [UInt8]) {
        bytes.append(0x2B)
        appendDigits(to: &bytes)
    }

    /// Appends the digits alone, the form that some providers want.
    package func appendDigits(to bytes: inout [UInt8]) {
        var divisor: UInt64 = 1
        while packed / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(0x30 + UInt8(packed / divisor % 10))
            divisor /= 10
        }
    }

    package var e164: String {
        var bytes: [UInt8] = []
        appendE164(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
