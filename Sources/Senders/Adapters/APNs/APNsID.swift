import Crypto

/// A message's own key as a UUID (RFC 9562, version 8), which is the form that Apple wants: the same for every try.
enum APNsID {
    static func of(_ key: [UInt8]) -> [UInt8] {
        var bytes = Array(Digest.sha256(key).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (place, digit) in Hex.encode(bytes).enumerated() {
            if [8, 12, 16, 20].contains(place) { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return text
    }
}
