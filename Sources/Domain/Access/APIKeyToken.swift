/// A key as its owner holds it: `hk_live_<10 characters that name it>_<43 of secret><6 of checksum>`, or `hk_test_…` for
/// one that sends nothing. The secret is 43 characters at random of 62, which is 256 bits. The text is shown once, when
/// it is made, and stored nowhere.
package struct APIKeyToken: Sendable, Hashable {
    package let id: APIKeyID
    package let isTest: Bool
    /// All of it. For its owner, and to be hashed.
    package let text: [UInt8]

    private static let live = Array("hk_live_".utf8)
    private static let test = Array("hk_test_".utf8)
    private static let secretLength = 43
    private static let secretStart = live.count + APIKeyID.length + 1
    package static let length = secretStart + secretLength + KeyChecksum.length

    /// A new one, under a name of its own or, where a secret is replaced, that of the key before.
    package static func make(isTest: Bool, id: APIKeyID? = nil) -> APIKeyToken {
        var source = SystemRandomNumberGenerator()
        return make(isTest: isTest, id: id, using: &source)
    }

    static func make(isTest: Bool, id: APIKeyID?, using source: inout some RandomNumberGenerator) -> APIKeyToken {
        let id = id ?? .random(using: &source)
        var text = (isTest ? test : live) + Array(id.description.utf8) + [0x5F]
        for _ in 0..<secretLength { text.append(Base62.alphabet[.random(in: 0..<62, using: &source)]) }
        text += KeyChecksum.of(text)
        return APIKeyToken(id: id, isTest: isTest, text: text)
    }

    private init(id: APIKeyID, isTest: Bool, text: [UInt8]) {
        self.id = id
        self.isTest = isTest
        self.text = text
    }

    /// Nil for what has not the form of a key. Whether it was mistyped is asked apart: a key that is known by its
    /// secret needs no checksum.
    package init?(_ text: [UInt8]) {
        guard text.count == Self.length, text[Self.secretStart - 1] == 0x5F else { return nil }
        if text.starts(with: Self.live) {
            isTest = false
        } else {
            guard text.starts(with: Self.test) else { return nil }
            isTest = true
        }
        guard let id = APIKeyID(text, at: Self.live.count) else { return nil }
        self.id = id
        self.text = text
    }

    /// Whether the checksum is that of what stands before it.
    package var isIntact: Bool {
        KeyChecksum.of(text.dropLast(KeyChecksum.length)).elementsEqual(text.suffix(KeyChecksum.length))
    }

    /// What may be shown at any time: `hk_live_Xa3…`, without the secret.
    package static func shown(_ id: APIKeyID, isTest: Bool) -> String { "hk_\(isTest ? "test" : "live")_\(id)" }
}

/// Never the secret, whatever prints it.
extension APIKeyToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.shown(id, isTest: isTest) }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["key": description]) }
}
