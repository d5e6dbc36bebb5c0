/// A set of email domains with a label each. A look-up goes over an address from its end once, asks at each dot and
/// at the @, and touches nothing but bytes.
struct DomainIndex: Sendable {
    private struct Entry {
        let hash: UInt64
        let label: UInt32
        /// The domain's bytes, last first.
        let reversed: [UInt8]
    }

    /// Sorted by hash.
    private let entries: [Entry]
    private let longest: Int

    init(_ labels: [String: UInt32]) {
        entries = labels.map { domain, label in
            let reversed = Array(domain.utf8.reversed())
            return Entry(hash: reversed.reduce(Self.seed, Self.mix), label: label, reversed: reversed)
        }.sorted { $0.hash < $1.hash }
        longest = entries.map(\.reversed.count).max() ?? 0
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Finds the next domain of an address that is in the set, from the shortest on. `place` says how far the look
    /// came, counted from the end of the address.
    struct Search {
        fileprivate var hash = DomainIndex.seed
        /// The length of the domain that was found last.
        fileprivate(set) var length = 0
        fileprivate var isOver = false
    }

    /// The label of the next domain that is in the set; 0 where there is none left.
    func next(_ address: Span<UInt8>, _ search: inout Search) -> UInt32 {
        while !search.isOver {
            guard search.length < longest, search.length < address.count else { break }
            let byte = address[address.count - 1 - search.length]
            if byte == 0x40 { break }
            search.hash = Self.mix(search.hash, Self.lower(byte))
            search.length += 1
            guard search.length < address.count else { break }
            let before = address[address.count - 1 - search.length]
            if before == 0x2E {
                let label = label(address, search)
                if label != 0 { return label }
            } else if before == 0x40 {
                search.isOver = true
                return label(address, search)
            }
        }
        search.isOver = true
        return 0
    }

    private func label(_ address: Span<UInt8>, _ search: Search) -> UInt32 {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].hash < search.hash { low = middle + 1 } else { high = middle }
        }
        while low < entries.count, entries[low].hash == search.hash {
            if isEnd(entries[low].reversed, of: address, count: search.length) { return entries[low].label }
            low += 1
        }
        return 0
    }

    /// The hash only finds; the bytes decide.
    private func isEnd(_ reversed: [UInt8], of address: Span<UInt8>, count: Int) -> Bool {
        guard reversed.count == count else { return false }
        for place in 0..<count {
            if Self.lower(address[address.count - 1 - place]) != reversed[place] { return false }
        }
        return true
    }

    fileprivate static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    /// FNV-1a.
    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}
