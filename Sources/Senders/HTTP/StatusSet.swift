/// A set of HTTP statuses, written as numbers and as classes like `4xx`.
struct StatusSet: Sendable, Hashable {
    private var words: [UInt64] = Array(repeating: 0, count: 16)

    init(_ statuses: some Sequence<Int> = []) {
        for status in statuses { insert(status) }
    }

    /// Takes `201` and `2xx`; nil for anything else.
    init?(word: String) {
        self.init()
        let bytes = Array(word.utf8)
        guard bytes.count == 3, bytes[0] >= 0x31 && bytes[0] <= 0x35 else { return nil }
        if bytes[1] | 0x20 == 0x78 && bytes[2] | 0x20 == 0x78 {
            let first = Int(bytes[0] & 0xF) * 100
            for status in first..<first + 100 { insert(status) }
        } else {
            guard let status = Int(word) else { return nil }
            insert(status)
        }
    }

    mutating func insert(_ status: Int) {
        guard status >= 0 && status < words.count * 64 else { return }
        words[status >> 6] |= 1 << UInt64(status & 63)
    }

    mutating func formUnion(_ other: StatusSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    func contains(_ status: Int) -> Bool {
        status >= 0 && status < words.count * 64 && words[status >> 6] >> UInt64(status & 63) & 1 == 1
    }
}
