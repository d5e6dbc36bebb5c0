import Testing

@testable import Domain

struct APIKeyTokenTests {
    @Test(arguments: [false, true])
    func aKeyIsReadAsItWasMade(isTest: Bool) throws {
        let made = APIKeyToken.make(isTest: isTest)
        let text = String(decoding: made.text, as: UTF8.self)
        #expect(text.hasPrefix(isTest ? "hk_test_" : "hk_live_") && text.utf8.count == APIKeyToken.length)
        let read = try #require(APIKeyToken(made.text))
        #expect(read == made && read.isIntact && read.isTest == isTest)
        #expect(text.split(separator: "_")[2] == read.id.description)
        #expect(APIKeyID(read.id.description) == read.id)
    }

    /// CRC-32 of the well-known nine digits is CBF43926, which is 3421780262.
    @Test func theChecksumIsCRC32() {
        #expect(KeyChecksum.of(Array("123456789".utf8)) == Base62.digits(3_421_780_262, count: 6))
        #expect(String(decoding: Base62.digits(61 * 62 + 10, count: 4), as: UTF8.self) == "00zA")
    }

    @Test func everyMistypedCharacterIsTold() throws {
        let made = APIKeyToken.make(isTest: false)
        for place in 8..<made.text.count {
            var text = made.text
            text[place] = text[place] == 0x41 ? 0x42 : 0x41
            guard let read = APIKeyToken(text) else {
                #expect(place == 18)
                continue
            }
            #expect(!read.isIntact, "at \(place)")
            // Two neighbours changed places.
            guard place > 8, made.text[place - 1] != made.text[place] else { continue }
            var swapped = made.text
            swapped.swapAt(place - 1, place)
            #expect(APIKeyToken(swapped)?.isIntact != true, "at \(place)")
        }
    }

    @Test(arguments: [
        "", "hk_live_", "hk_prod_0123456789_0123456789012345678901234567890123456789012000000",
        "hk_live_012345678-_0123456789012345678901234567890123456789012000000",
        "hk_live_0123456789-0123456789012345678901234567890123456789012000000",
        "hk_live_0123456789_01234567890123456789012345678901234567890120000000",
        "Bearer hk_live_0123456789_0123456789012345678901234567890123456789012000000",
    ])
    func whatIsNoKeyIsNil(text: String) {
        #expect(APIKeyToken(Array(text.utf8)) == nil)
    }

    @Test func theTallestNumberOfTenDigitsFitsAndFewerDigitsAreNone() {
        #expect(APIKeyID("zzzzzzzzzz")?.description == "zzzzzzzzzz")
        #expect(APIKeyID("0000000000")?.number == 0)
        #expect(APIKeyID("zzzzzzzzz") == nil && APIKeyID("zzzzzzzzz ") == nil)
    }

    @Test func secretsDiffer() {
        let made = (0..<2000).map { _ in APIKeyToken.make(isTest: false) }
        #expect(Set(made.map(\.id)).count == 2000 && Set(made.map(\.text)).count == 2000)
        // Each of the 62 characters comes up, in each place of the secret.
        for place in [19, 40, 61] { #expect(Set(made.map { $0.text[place] }).count == 62) }
    }

    @Test func nothingThatPrintsAKeyShowsItsSecret() {
        let made = APIKeyToken.make(isTest: false)
        let secret = String(decoding: made.text[19...], as: UTF8.self)
        var dumped = ""
        dump(made, to: &dumped)
        for text in ["\(made)", String(reflecting: made), dumped] {
            #expect(!text.contains(secret) && text.contains(made.id.description))
        }
    }
}
