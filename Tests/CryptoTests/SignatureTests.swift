import Domain
import TestSupport
import Testing

@testable import Crypto

/// Ours against PyPI's `cryptography`, in both directions.
@Suite struct SignatureTests {
    private static let keys = Result { try PythonOracle.json("crypto.py", ["sign"]) }

    /// RFC 8032, 7.1, test 2.
    @Test func ed25519SignsAsTheRFC() throws {
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
        let der = PythonOracle.bytes(hex: ("302e020100300506032b657004220420" + seed)[...])
        let pem = "-----BEGIN PRIVATE KEY-----\n\(text(Base64.encode(der)))\n-----END PRIVATE KEY-----\n"
        let signature = try SigningKey(pem: pem).ed25519([0x72])
        #expect(
            text(Hex.encode(signature))
                == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        let raw = PythonOracle.bytes(hex: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        #expect(try VerifyingKey(rawEd25519: raw).verifyEd25519(signature, of: [0x72]))
        #expect(try !VerifyingKey(rawEd25519: raw).verifyEd25519(signature, of: [0x73]))
    }

    @Test func anRSASignatureOfPythonIsVerifiedAndOursIsTheSame() throws {
        let line = try key("rsa")
        let signing = try SigningKey(pem: field(line, "private"))
        #expect(signing.kind == .rsa)
        #expect(signing.bits == 2048)
        let message = try bytes(line, "message")
        let signature = try bytes(line, "signature")
        // PKCS #1 v1.5 knows no chance: the same key signs the same.
        #expect(try signing.rsaSHA256(message) == signature)
        for verifying in try publicKeys(line) {
            #expect(verifying.verifyRSASHA256(signature, of: message))
            #expect(!verifying.verifyRSASHA256(signature, of: message + [0]))
            #expect(!verifying.verifyRSASHA256(Array(signature.dropLast()), of: message))
            #expect(verifying.verifyRSASHA1(try bytes(line, "sha1"), of: message))
            #expect(!verifying.verifyRSASHA256(try bytes(line, "sha1"), of: message))
            #expect(!verifying.verifyEd25519(signature, of: message))
        }
    }

    @Test func ellipticSignaturesOfPythonAreVerifiedInBothNotations() throws {
        let line = try key("es256")
        let message = try bytes(line, "message")
        let ders = try #require(line["der"]?.arrayValue).map { PythonOracle.bytes(hex: ($0.stringValue ?? "")[...]) }
        let bares = try #require(line["bare"]?.arrayValue).map { PythonOracle.bytes(hex: ($0.stringValue ?? "")[...]) }
        #expect(bares.contains { $0[0] == 0 || $0[32] == 0 })
        for verifying in try publicKeys(line) {
            for (der, bare) in zip(ders, bares) {
                #expect(EllipticSignature.bare(fromDER: der) == bare)
                #expect(verifying.verifyECDSADER(der, of: message))
                #expect(verifying.verifyES256(bare, of: message))
            }
            #expect(!verifying.verifyES256(bares[0], of: message + [0]))
            #expect(!verifying.verifyES256(bares[0] + [0], of: message))
            #expect(!verifying.verifyES256([UInt8](repeating: 0, count: 64), of: message))
            #expect(!verifying.verifyECDSADER([0x30, 0x84, 0xFF], of: message))
        }
    }

    @Test(arguments: ["rsa", "es256", "ed25519"])
    func pythonVerifiesOurSignature(_ kind: String) throws {
        let line = try key(kind)
        let signing = try SigningKey(pem: field(line, "private"))
        let message = Array("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0".utf8)
        let signature =
            switch kind {
            case "rsa": try signing.rsaSHA256(message)
            case "es256": try signing.es256(message)
            default: try signing.ed25519(message)
            }
        let publicKey = text(Hex.encode(Array(try field(line, "public").utf8)))
        func judge(_ message: [UInt8]) throws -> Substring? {
            try PythonOracle.lines(
                "crypto.py", ["verify", kind, publicKey, text(Hex.encode(signature)), text(Hex.encode(message))]
            ).first
        }
        #expect(try judge(message) == "yes")
        #expect(try judge(message + [0]) == "no")
    }

    @Test func anEd25519SignatureOfPythonIsVerified() throws {
        let line = try key("ed25519")
        let message = try bytes(line, "message")
        let signature = try bytes(line, "signature")
        #expect(try SigningKey(pem: field(line, "private")).ed25519(message) == signature)
        let raw = try VerifyingKey(rawEd25519: bytes(line, "raw"))
        for verifying in try publicKeys(line) + [raw] {
            #expect(verifying.verifyEd25519(signature, of: message))
            #expect(!verifying.verifyEd25519(signature.reversed(), of: message))
        }
    }

    @Test func aKeyThatCannotServeSaysSo() throws {
        #expect(throws: CryptoError.unreadableKey) { try SigningKey(pem: "") }
        #expect(throws: CryptoError.unreadableKey) { try SigningKey(pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n") }
        #expect(throws: CryptoError.unreadableKey) { try SigningKey(pem: self.field(self.key("rsa"), "locked")) }
        #expect(throws: CryptoError.unreadableKey) { try SigningKey(pem: self.field(self.key("other"), "private")) }
        #expect(throws: CryptoError.unreadableKey) { try VerifyingKey(pem: self.field(self.key("rsa"), "private")) }
        #expect(throws: CryptoError.unreadableKey) { try VerifyingKey(der: [0x30, 0x82]) }
        #expect(throws: CryptoError.unreadableKey) { try VerifyingKey(rawEd25519: [1, 2, 3]) }
        let rsa = try SigningKey(pem: field(key("rsa"), "private"))
        #expect(throws: CryptoError.wrongKeyKind(wanted: .p256)) { try rsa.es256([1]) }
        #expect(throws: CryptoError.wrongKeyKind(wanted: .ed25519)) { try rsa.ed25519([1]) }
        let elliptic = try SigningKey(pem: field(key("es256"), "private"))
        #expect(throws: CryptoError.wrongKeyKind(wanted: .rsa)) { try elliptic.rsaSHA256([1]) }
    }

    private func key(_ kind: String) throws -> JSON {
        try #require(try Self.keys.get().first { $0["kind"]?.stringValue == kind })
    }

    private func field(_ line: JSON, _ name: String) throws -> String { try #require(line[name]?.stringValue) }

    private func publicKeys(_ line: JSON) throws -> [VerifyingKey] {
        [try VerifyingKey(pem: field(line, "public")), try VerifyingKey(der: bytes(line, "public_der"))]
    }
}
