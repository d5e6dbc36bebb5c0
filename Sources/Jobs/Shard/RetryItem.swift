import Senders

/// One recipient of a shard's body, and where its message stands on its route. Six bytes each in a
/// shard of retries.
package struct RetryItem: Sendable, Hashable {
    package var index: Int
    package var position: RoutePosition

    package init(index: Int, position: RoutePosition = .start) {
        self.index = index
        self.position = position
    }

    package static let size = 6

    /// A doubt is the index's top bit: a shard holds at most 2,048 recipients.
    package static func encode(_ items: some Sequence<RetryItem>) -> [UInt8] {
        var out: [UInt8] = []
        for item in items {
            let doubt: UInt8 = item.position.isDoubted ? 0x80 : 0
            out.append(UInt8(truncatingIfNeeded: item.index >> 8) | doubt)
            out.append(UInt8(truncatingIfNeeded: item.index))
            out.append(UInt8(clamping: item.position.step))
            out.append(UInt8(clamping: item.position.tries))
            out.append(UInt8(clamping: item.position.throttles))
            out.append(UInt8(clamping: item.position.attempt))
        }
        return out
    }

    package static func decode(_ bytes: [UInt8]) -> [RetryItem] {
        var items: [RetryItem] = []
        var at = 0
        while at + size <= bytes.count {
            let index = Int(bytes[at] & 0x7F) << 8 | Int(bytes[at + 1])
            let position = RoutePosition(
                step: Int(bytes[at + 2]), tries: Int(bytes[at + 3]), throttles: Int(bytes[at + 4]),
                attempt: Int(bytes[at + 5]), isDoubted: bytes[at] & 0x80 != 0)
            items.append(RetryItem(index: index, position: position))
            at += size
        }
        return items
    }
}
