/// How the providers fare at one moment: a small snapshot that a window is routed by. Whoever is not in it is well.
package struct ProviderStandings: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var provider: Int64
        /// False while its breaker is open: it comes last in every plan.
        package var isAvailable: Bool
        /// 0…1000, the best.
        package var score: Int16
        /// 0…100: of so many in a hundred messages it may be the first, while it returns.
        package var share: UInt8

        package init(provider: Int64, isAvailable: Bool = true, score: Int16 = 1000, share: UInt8 = 100) {
            self.provider = provider
            self.isAvailable = isAvailable
            self.score = score
            self.share = share
        }
    }

    /// Sorted by provider: there are few, and a search by halves beats hashing.
    private let entries: [Entry]
    /// Nobody is out or returning, so that only scores can change a plan.
    let isCalm: Bool

    package static let unknown = ProviderStandings([])

    /// Of two for the same provider the last counts.
    package init(_ entries: some Sequence<Entry>) {
        let byProvider = Dictionary(entries.map { ($0.provider, $0) }) { _, last in last }
        self.entries = byProvider.values.sorted { $0.provider < $1.provider }
        isCalm = self.entries.allSatisfy { $0.isAvailable && $0.share >= 100 }
    }

    package var isEmpty: Bool { entries.isEmpty }

    package subscript(provider: Int64) -> Entry {
        known(provider) ?? Entry(provider: provider)
    }

    /// Nil where nothing is known of it.
    package func known(_ provider: Int64) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].provider < provider { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].provider == provider else { return nil }
        return entries[low]
    }
}
