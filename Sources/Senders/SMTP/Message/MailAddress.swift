/// The last look at an address before it stands in an SMTP command and in a header. Addresses were checked long
/// before; this is what makes an injection impossible whatever happened on the way.
enum MailAddress {
    static func isUsable(_ address: Span<UInt8>) -> Bool {
        guard address.count <= 254 else { return false }
        var ats = 0
        for index in address.indices {
            switch address[index] {
            case 0x40: ats += 1
            // Controls, space, quotes and what delimits an address.
            case 0...0x20, 0x7F, 0x22, 0x28, 0x29, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x5B, 0x5C, 0x5D: return false
            default: break
            }
        }
        return ats == 1 && address[0] != 0x40 && address[address.count - 1] != 0x40
    }

    static func isASCII(_ address: Span<UInt8>) -> Bool {
        for index in address.indices where address[index] >= 0x80 { return false }
        return true
    }
}
