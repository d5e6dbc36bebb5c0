import Domain
import Testing

@testable import Storage

struct SealingTests {
    private let key = [UInt8](0..<32)

    /// RFC 4231, test case 2.
    @Test func theKeyedHashIsHMAC() {
        let hash = KeyedHash(key: Array("Jefe".utf8))(Array("what do ya want for nothing?".utf8))
        #expect(hex(hash) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func aPhoneNumberAndATokenOfTheSameLettersDiffer() {
        let hash = KeyedHash(key: key)
        let text = Array("+6591234567".utf8)
        #expect(hash.recipient(.phone, text.span) == hash.recipient(.phone, text.span))
        #expect(hash.recipient(.phone, text.span) != hash.recipient(.opaque, text.span))
        #expect(KeyedHash(key: key.reversed()).recipient(.phone, text.span) != hash.recipient(.phone, text.span))
    }

    /// The GCM specification's test case 14: a zero key, nonce and block.
    @Test func theCipherIsAES256GCM() {
        let cipher = Cipher(key: [UInt8](repeating: 0, count: 32))
        var out: [UInt8] = []
        let plain = [UInt8](repeating: 0, count: 16)
        cipher.seal(plain.span, nonce: [UInt8](repeating: 0, count: 12), into: &out)
        #expect(hex(out) == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        #expect(cipher.open(out.span, nonce: [UInt8](repeating: 0, count: 12)) == plain)
    }

    @Test(arguments: [0, 1, 17, 70_000]) func aBoxOpensOnlyAsItWasSealed(size: Int) throws {
        let cipher = Cipher(key: key)
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let box = Box.seal(plain.span, with: cipher, context: "shard 1")
        #expect(try Box.open(box, with: cipher, context: "shard 1") == plain)
        #expect(Box.seal(plain.span, with: cipher, context: "shard 1") != box)
        #expect(throws: StorageError.self) { try Box.open(box, with: cipher, context: "shard 2") }
        #expect(throws: StorageError.self) { try Box.open(box, with: Cipher(key: key.reversed()), context: "shard 1") }
        for place in [0, 5, box.count - 1] {
            var altered = box
            altered[place] ^= 1
            #expect(throws: StorageError.self) { try Box.open(altered, with: cipher, context: "shard 1") }
        }
        #expect(throws: StorageError.self) { try Box.open(Array(box.prefix(10)), with: cipher, context: "shard 1") }
    }

    @Test func shardsSurviveCompressionAndSealing() throws {
        let codec = ShardCodec(key: TenantKey(secret: key), campaign: 0)
        let plain = Array(String(repeating: "Hello, ", count: 10_000).utf8)
        let sealed = codec.seal(plain, shard: 5, kind: .recipients)
        #expect(sealed.count < plain.count / 20)
        #expect(try codec.open(sealed, shard: 5, kind: .recipients) == plain)
        #expect(throws: StorageError.self) { try codec.open(sealed, shard: 6, kind: .recipients) }
        #expect(throws: StorageError.self) { try codec.open(sealed, shard: 5, kind: .rejects) }
    }

    @Test func eachSliceHasKeysOfItsOwn() {
        let tenant = TenantKey(secret: key)
        let nonce = [UInt8](repeating: 0, count: 12)
        func sealed(_ slice: LedgerSlice) -> [UInt8] {
            var out: [UInt8] = []
            let plain = Array("+6591234567".utf8)
            tenant.ledgerCipher(slice: slice).seal(plain.span, nonce: nonce, into: &out)
            return out
        }
        let slices = [
            LedgerSlice(number: 1, salt: [1]), LedgerSlice(number: 2, salt: [1]), LedgerSlice(number: 1, salt: [2]),
        ]
        #expect(Set(slices.map(sealed)).count == 3)
    }

    @Test func compressedDataThatIsDamagedOrTooLargeIsRefused() throws {
        let zstandard = Zstandard()
        let packed = zstandard.compress([UInt8](repeating: 7, count: 100_000))
        #expect(try zstandard.decompress(packed).count == 100_000)
        #expect(throws: StorageError.self) { try zstandard.decompress(packed, limit: 99_999) }
        #expect(throws: StorageError.self) { try zstandard.decompress(Array(packed.dropLast())) }
        #expect(throws: StorageError.self) { try zstandard.decompress([1, 2, 3]) }
    }
}
