import Domain

/// Gives each key of NDJSON objects its column, in the order in which keys come up. Objects of one file nearly
/// always list the same keys in the same order, so the key that stood at the same place before is tried first.
struct KeyColumns: Sendable {
    private(set) var names: [String] = []
    private var keys: [[UInt8]] = []
    private var places: [[UInt8]: Int] = [:]
    /// The column of the member at each place of the object before.
    private var guesses: [Int] = []

    /// The column of a member's key, a new one if need be; nil where that would be one too many.
    mutating func place(_ text: Span<UInt8>, _ member: JSONMember, at index: Int, limit: Int) -> Int? {
        if !member.keyHasEscapes, index < guesses.count {
            let guess = guesses[index]
            if Self.equal(text, member.key, keys[guess]) { return guess }
        }
        var key: [UInt8] = []
        JSONText.appendUnescaped(text, member.key, into: &key)
        let column = places[key] ?? names.count
        if column == names.count {
            guard column < limit else { return nil }
            places[key] = column
            names.append(String(decoding: key, as: UTF8.self))
            keys.append(key)
        }
        while guesses.count <= index { guesses.append(0) }
        guesses[index] = column
        return column
    }

    static func equal(_ text: Span<UInt8>, _ range: Range<Int>, _ key: [UInt8]) -> Bool {
        guard range.count == key.count else { return false }
        for index in key.indices where text[range.lowerBound + index] != key[index] { return false }
        return true
    }
}
