import Domain
import Storage
import Synchronization

/// Counts to which ranges of numbers the API's messages go, as they are accepted: whoever pumps one-time passwords at
/// numbers that earn him something takes neighbouring ones. A few counters for each source in memory, brought in by the
/// watch once a minute; a crash loses that minute.
package final class PrefixMeter: Sendable {
    /// Digits of the international number: a block of ten thousand numbers or more nearly everywhere.
    package static let digits = 7
    /// Fewer in a quarter of an hour are not worth a row.
    static let least: Int64 = 5
    /// Ranges at a time; a source that writes to the whole world has its most frequent ones counted all the same.
    static let most = 20_000

    private struct Key: Hashable {
        let source: Int64
        /// As a number, with a one before it so that zeros count.
        let prefix: UInt32
    }

    private struct Count {
        let tenant: Int64
        let country: Region
        var messages: Int64 = 0
        var told: Int64 = 0
    }

    private struct State {
        var quarter = Timestamp(micros: 0)
        var counts: [Key: Count] = [:]
        var left: [PrefixCountStore.Count] = []
        var isFull = false
    }

    private let state = Mutex(State())

    package init() {}

    /// An address that is no international number counts nothing.
    package func count(tenant: Int64, source: Int64, address: some Sequence<UInt8>, country: Region, now: Timestamp) {
        var prefix: UInt32 = 1
        var digits = 0
        for (place, byte) in address.enumerated() {
            if place == 0, byte == 0x2B { continue }
            guard byte >= 0x30, byte <= 0x39, digits < Self.digits else { break }
            prefix = prefix * 10 + UInt32(byte - 0x30)
            digits += 1
        }
        guard digits == Self.digits else { return }
        let quarter = RollupDelta.bucket(of: now)
        let key = Key(source: source, prefix: prefix)
        state.withLock { state in
            if state.quarter != quarter { Self.turn(&state, to: quarter) }
            if state.counts[key] == nil {
                guard Self.hasRoom(&state) else { return }
                state.counts[key] = Count(tenant: tenant, country: country)
            }
            state.counts[key]?.messages += 1
        }
    }

    /// Where there is none, ranges with a handful make room, so that nobody hides one by writing to many; a quarter of an
    /// hour in which that is not enough is full.
    private static func hasRoom(_ state: inout State) -> Bool {
        if state.counts.count < most { return true }
        if state.isFull { return false }
        state.counts = state.counts.filter { $0.value.messages >= least }
        state.isFull = state.counts.count > most / 2
        return state.counts.count < most
    }

    private static func turn(_ state: inout State, to quarter: Timestamp) {
        state.left += untold(&state)
        state.counts.removeAll(keepingCapacity: true)
        state.quarter = quarter
        state.isFull = false
    }

    private static func untold(_ state: inout State) -> [PrefixCountStore.Count] {
        var found: [PrefixCountStore.Count] = []
        for (key, count) in state.counts where count.messages >= least && count.messages > count.told {
            state.counts[key]?.told = count.messages
            found.append(
                PrefixCountStore.Count(
                    quarter: state.quarter, tenant: count.tenant, source: key.source,
                    prefix: String(String(key.prefix).dropFirst()), country: count.country,
                    messages: count.messages - count.told))
        }
        return found
    }

    /// What came since the last time. Who can't store it loses a minute.
    func take() -> [PrefixCountStore.Count] {
        state.withLock { state in
            defer { state.left = [] }
            return state.left + Self.untold(&state)
        }
    }
}
