import Domain

/// A tenant's secret, from which every key of that tenant is derived (HKDF-Expand with one block: the
/// secret is uniformly random already, so there is nothing to extract).
package struct TenantKey: Sendable {
    private let derive: KeyedHash
    /// Hashes recipients for search, dedupe and suppression.
    package let recipients: KeyedHash

    package init(secret: [UInt8]) {
        derive = KeyedHash(key: secret)
        recipients = KeyedHash(key: derive(Array("herald recipient hash 1".utf8) + [1]))
    }

    /// Each campaign has a key of its own: a stream can have thousands of shards a second, and random nonces run out.
    package func shardCipher(campaign: Int64) -> Cipher {
        Cipher(key: derive(Array("herald shard 1".utf8) + bigEndianBytes(campaign) + [1]))
    }

    /// What a source said of its message, and gets back.
    package func sealNote(_ text: String) -> [UInt8] {
        Box.seal(Array(text.utf8).span, with: noteCipher, context: "note")
    }

    package func openNote(_ box: [UInt8]) throws(StorageError) -> String {
        String(decoding: try Box.open(box, with: noteCipher, context: "note"), as: UTF8.self)
    }

    private var noteCipher: Cipher { Cipher(key: derive(Array("herald note 1".utf8) + [1])) }

    /// Each slice has its own keys: nonces there are message numbers, which grow for ever.
    package func ledgerCipher(slice: LedgerSlice) -> Cipher {
        Cipher(key: derive(Array("herald ledger 1".utf8) + bigEndianBytes(Int64(slice.number)) + slice.salt + [1]))
    }
}

/// The ledger's part that rows are being written to.
package struct LedgerSlice: Sendable, Hashable {
    package let number: Int
    package let salt: [UInt8]

    package init(number: Int, salt: [UInt8]) {
        self.number = number
        self.salt = salt
    }

    /// The partition's table.
    package var table: String { "ledger_" + pad(number, 6) }
}
