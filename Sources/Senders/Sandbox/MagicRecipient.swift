/// Addresses that make the sandbox misbehave, for tests and for people who try Herald out.
///
/// Phones: the last eight digits are 955590NN, which is valid after `+65`, after `+1 91`, after
/// `+44 77` and in most other countries, and is not what a generator that counts up from round numbers reaches.
/// Email: the local part is the verdict's word, as in `bounce@example.com`.
///
/// | NN | local part     |     | NN | local part |
/// | -- | -------------- | --- | -- | ---------- |
/// | 01 | bounce         |     | 09 | error      |
/// | 02 | temporary-once |     | 10 | garbage    |
/// | 03 | throttled-once |     | 11 | truncated  |
/// | 04 | timeout        |     | 12 | reset      |
/// | 05 | temporary      |     | 13 | late       |
/// | 06 | throttled      |     | 14 | redirect   |
/// | 07 | hang           |     | 15 | oversize   |
/// | 08 | drip           |     |    |            |
package enum MagicRecipient {
    private static let phonePrefix = Array("955590".utf8)
    private static let byNumber: [SandboxVerdict] = [
        .permanent, .temporaryOnce, .throttledOnce, .inDoubt, .temporary, .throttled, .hang, .drip, .serverError,
        .garbage, .truncated, .reset, .late, .redirect, .oversize,
    ]

    package static func verdict(for address: Span<UInt8>) -> SandboxVerdict? {
        let count = address.count
        guard count >= 6 else { return nil }
        let last = address[count - 1]
        // A phone number ends in a digit and an email address in a letter: one look sends each its way.
        if last >= 0x30 && last <= 0x39 { return phone(address) }
        return email(address)
    }

    /// A number that is magic in every country that the prefix is valid in.
    package static func phone(countryPrefix: String, _ verdict: SandboxVerdict) -> String? {
        guard let index = byNumber.firstIndex(of: verdict) else { return nil }
        return countryPrefix + "955590" + (index < 9 ? "0" : "") + String(index + 1)
    }

    private static func phone(_ address: Span<UInt8>) -> SandboxVerdict? {
        let start = address.count - 8
        guard start >= 0, address[start] == 0x39, address[start + 1] == 0x35 else { return nil }
        for index in 2..<6 where address[start + index] != phonePrefix[index] { return nil }
        let tens = Int(address[start + 6]) - 0x30
        let number = tens * 10 + Int(address[start + 7]) - 0x30
        return number >= 1 && number <= byNumber.count ? byNumber[number - 1] : nil
    }

    private static func email(_ address: Span<UInt8>) -> SandboxVerdict? {
        // The longest word has fourteen letters: a local part beyond that is nobody's.
        let longest = 14
        var end = 0
        while end < address.count && address[end] != 0x40 {
            end += 1
            if end > longest { return nil }
        }
        guard end < address.count else { return nil }
        return byNumber.first { verdict in
            let word = verdict.rawValue.utf8
            guard word.count == end else { return false }
            var index = 0
            for byte in word {
                if address[index] != byte { return false }
                index += 1
            }
            return true
        }
    }
}
