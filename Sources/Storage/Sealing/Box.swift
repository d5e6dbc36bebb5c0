/// A sealed text that carries its own random nonce: a version byte, the nonce, the ciphertext, the tag.
/// For things that are few (2^32 under one key at most): shards, settings, keys.
package enum Box {
    private static let version: UInt8 = 1

    /// `context` names what is sealed; it must be the same at opening, so that boxes can't be swapped.
    package static func seal(_ plain: Span<UInt8>, with cipher: Cipher, context: String) -> [UInt8] {
        let nonce = randomBytes(Cipher.nonceSize)
        var out: [UInt8] = []
        out.reserveCapacity(1 + nonce.count + plain.count + Cipher.tagSize)
        out.append(version)
        out.append(contentsOf: nonce)
        cipher.seal(plain, nonce: nonce, context: Array(context.utf8), into: &out)
        return out
    }

    package static func open(_ box: [UInt8], with cipher: Cipher, context: String) throws(StorageError) -> [UInt8] {
        let header = 1 + Cipher.nonceSize
        guard box.count >= header + Cipher.tagSize, box[0] == version,
            let plain = cipher.open(
                box.span.extracting(header..<box.count), nonce: Array(box[1..<header]), context: Array(context.utf8))
        else {
            throw .malformed(
                "\(context) can't be unsealed. Is this the master key that the data was made with (HERALD_MASTER_KEY)?")
        }
        return plain
    }
}
