import Domain
import Glibc

/// How long a receipt took, in classes that grow by a twelfth: percentiles of millions of messages from a few numbers.
package enum ReceiptLatency {
    private static let classesPerDoubling = 8.0

    static func of(_ duration: Duration) -> Int16 {
        let milliseconds = Double(max(duration.wholeMilliseconds, 1))
        return Int16(clamping: Int((log2(milliseconds) * classesPerDoubling).rounded(.down)))
    }

    /// The longest that a class holds, in milliseconds.
    static func limit(of place: Int) -> Int64 {
        Int64(min(exp2(Double(place + 1) / classesPerDoubling).rounded(), 1e15))
    }

    /// The time within which a share of the receipts came, in milliseconds; nil where there is none.
    package static func percentile(_ share: Double, of counts: [Int: Int64]) -> Int64? {
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = Int64((Double(total) * share).rounded(.up))
        var seen: Int64 = 0
        for (place, count) in counts.sorted(by: { $0.key < $1.key }) {
            seen += count
            if seen >= wanted { return limit(of: place) }
        }
        return nil
    }
}
