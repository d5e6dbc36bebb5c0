import Domain
import Senders

/// One recipient of a shard's body, and where its message stands on its route. Ten bytes each in a
/// shard of retries.
package struct RetryItem: Sendable, Hashable {
    package var index: Int
    package var position: RoutePosition
    /// The provider whose turn it was when the message began to wait: the route may be another one by then. 0: none yet.
    package var provider: Int64
    /// The channel it waits for; nil where it is still the first one's turn.
    package var channel: Channel?
    /// It was sent already, and goes by this further channel unless a delivery is heard of.
    package var isAfterSilence = false

    package init(
        index: Int, position: RoutePosition = .start, provider: Int64 = 0, channel: Channel? = nil,
        isAfterSilence: Bool = false
    ) {
        self.index = index
        self.position = position
        self.provider = provider
        self.channel = channel
        self.isAfterSilence = isAfterSilence
    }

    package static let size = 10

    /// A shard holds at most 2,048 recipients, so the index leaves five bits: doubt, silence, and the channel's code.
    package static func encode(_ items: some Sequence<RetryItem>) -> [UInt8] {
        var out: [UInt8] = []
        for item in items {
            var first = UInt8(truncatingIfNeeded: item.index >> 8 & 7)
            if item.position.isDoubted { first |= 0x80 }
            if item.isAfterSilence { first |= 0x40 }
            if let channel = item.channel { first |= UInt8(truncatingIfNeeded: channel.code & 7) << 3 }
            out.append(first)
            out.append(UInt8(truncatingIfNeeded: item.index))
            out.append(UInt8(clamping: item.position.step))
            out.append(UInt8(clamping: item.position.tries))
            out.append(UInt8(clamping: item.position.throttles))
            out.append(UInt8(clamping: item.position.attempt))
            for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: item.provider >> Int64(shift))) }
        }
        return out
    }

    package static func decode(_ bytes: [UInt8]) -> [RetryItem] {
        var items: [RetryItem] = []
        var at = 0
        while at + size <= bytes.count {
            let index = Int(bytes[at] & 7) << 8 | Int(bytes[at + 1])
            let position = RoutePosition(
                step: Int(bytes[at + 2]), tries: Int(bytes[at + 3]), throttles: Int(bytes[at + 4]),
                attempt: Int(bytes[at + 5]), isDoubted: bytes[at] & 0x80 != 0)
            let provider = bytes[at + 6..<at + 10].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            items.append(
                RetryItem(
                    index: index, position: position, provider: provider,
                    channel: Channel(code: Int64(bytes[at] >> 3 & 7)), isAfterSilence: bytes[at] & 0x40 != 0))
            at += size
        }
        return items
    }
}
