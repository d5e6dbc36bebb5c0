import Domain
import TestSupport
import Testing

@testable import Crypto

@Suite struct DigestTests {
    @Test func digestsOfAbcAreThoseOfTheStandards() {
        let abc = Array("abc".utf8)
        #expect(
            text(Hex.encode(Digest.sha256(abc))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(text(Hex.encode(Digest.sha1(abc))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(text(Hex.encode(Digest.md5(abc))) == "900150983cd24fb0d6963f7d28e17f72")
    }

    /// RFC 4231, cases 2 and 6; RFC 2202, case 2.
    @Test func keyedHashesAreThoseOfTheRFCs() {
        let question = Array("what do ya want for nothing?".utf8)
        let jefe = Array("Jefe".utf8)
        #expect(
            text(Hex.encode(HMAC.sha256(key: jefe, message: question)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            text(Hex.encode(HMAC.sha1(key: jefe, message: question))) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        let longKey = [UInt8](repeating: 0xAA, count: 131)
        let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        #expect(
            text(Hex.encode(HMAC.sha256(key: longKey, message: message)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    /// The known answer of Standard Webhooks.
    @Test func aStandardWebhookIsSignedAsPublished() throws {
        let key = try #require(Base64.decode(Array("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)))
        let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"
        #expect(
            text(Base64.encode(HMAC.sha256(key: key, message: Array(signed.utf8))))
                == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func digestsAndCodingsAgreeWithPythonOnRandomBytes() throws {
        let lines = try PythonOracle.json("crypto.py", ["hashes"])
        #expect(lines.count > 70)
        for line in lines {
            let data = try bytes(line, "data")
            let key = try bytes(line, "key")
            #expect(try bytes(line, "sha256") == Digest.sha256(data))
            #expect(try bytes(line, "sha1") == Digest.sha1(data))
            #expect(try bytes(line, "md5") == Digest.md5(data))
            #expect(try bytes(line, "hmac_sha256") == HMAC.sha256(key: key, message: data))
            #expect(try bytes(line, "hmac_sha1") == HMAC.sha1(key: key, message: data))
            let plain = Array(try #require(line["base64"]?.stringValue).utf8)
            #expect(Base64.encode(data) == plain)
            #expect(Base64.decode(plain) == data)
            let url = Array(try #require(line["base64url"]?.stringValue).utf8)
            #expect(Base64.urlEncode(data) == url)
            #expect(Base64.urlDecode(url) == data)
            #expect(Hex.decode(Hex.encode(data)) == data)
        }
    }

    @Test(arguments: [
        "Zg=", "Zg", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_", "Zm9v=A==",
    ])
    func baseSixtyFourThatIsNotCanonicalIsRefused(_ wrong: String) {
        #expect(Base64.decode(Array(wrong.utf8)) == nil)
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "Zm9", "Zm+/", "Zm9v "])
    func baseSixtyFourForURLsThatIsNotCanonicalIsRefused(_ wrong: String) {
        #expect(Base64.urlDecode(Array(wrong.utf8)) == nil)
    }

    @Test func hexadecimalDigitsComeInEitherCase() {
        #expect(Hex.decode(Array("00fFA9".utf8)) == [0, 255, 0xA9])
        #expect(Hex.decode(Array("0".utf8)) == nil)
        #expect(Hex.decode(Array("0g".utf8)) == nil)
    }

    @Test func equalIsOnlyWhatIsEqualInEveryByte() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal("secret", "secret"))
        #expect(!ConstantTime.equal("secret", "secreT"))
        #expect(!ConstantTime.equal("secret", "secrets"))
        #expect(!ConstantTime.equal([0], []))
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func bytes(_ line: JSON, _ name: String) throws -> [UInt8] {
    PythonOracle.bytes(hex: try #require(line[name]?.stringValue)[...])
}
