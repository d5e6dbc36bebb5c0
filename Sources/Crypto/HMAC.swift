/// Keyed hashes (RFC 2104) by which vendors sign callbacks and we sign requests.
package enum HMAC {
    package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        keyed(key, message) { Digest.sha256($0) }
    }

    package static func sha1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        keyed(key, message) { Digest.sha1($0) }
    }

    private static func keyed(_ key: [UInt8], _ message: [UInt8], _ hash: ([UInt8]) -> [UInt8]) -> [UInt8] {
        let block = 64
        let key = key.count > block ? hash(key) : key
        let padded = key + [UInt8](repeating: 0, count: block - key.count)
        let inner = hash(padded.map { $0 ^ 0x36 } + message)
        return hash(padded.map { $0 ^ 0x5C } + inner)
    }
}
