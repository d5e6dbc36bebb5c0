import Domain

/// A set of number prefixes with a label each, as a compressed trie over digits in one flat array: sixteen bytes a
/// node, brothers side by side, upper levels first. Digits where nothing branches and nothing ends cost no node, so
/// 100,000 prefixes take about two megabytes, and a look-up meets memory outside the cache once or twice.
package struct PrefixTrie: Sendable {
    struct Node {
        /// The number of the first child; the others follow it.
        var firstChild: UInt32 = 0
        /// 0: no prefix ends here.
        var label: UInt32 = 0
        /// A bit for each digit that has a child.
        var digits: UInt16 = 0
        /// How many digits lie between the one that led here and the node.
        var skipped: UInt16 = 0
        /// Those digits, four bits each, the last one lowest.
        var skip: UInt32 = 0
    }

    private static let longestSkip = 8

    private(set) var nodes: [Node] = []

    /// `entries` are sorted by prefix, each prefix once; labels are above 0, but for `rootLabel`, which may be.
    package init(_ entries: [(prefix: NumberPrefix, label: UInt32)], rootLabel: UInt32 = 0) {
        nodes.append(Node(label: rootLabel))
        // The entries below each node that was made and has not got its children yet, and how many digits they share.
        var level = [(range: 0..<entries.count, depth: 0)]
        var node = 0
        while !level.isEmpty {
            var next: [(range: Range<Int>, depth: Int)] = []
            for (range, depth) in level {
                var start = range.lowerBound
                if depth > 0, start < range.upperBound, entries[start].prefix.count == depth {
                    nodes[node].label = entries[start].label
                    start += 1
                }
                nodes[node].firstChild = UInt32(nodes.count)
                while start < range.upperBound {
                    let digit = entries[start].prefix[depth]
                    var end = start + 1
                    while end < range.upperBound, entries[end].prefix[depth] == digit { end += 1 }
                    nodes[node].digits |= 1 << UInt16(digit)
                    next.append((start..<end, add(entries, start..<end, after: depth + 1)))
                    start = end
                }
                node += 1
            }
            level = next
        }
    }

    /// Adds a child; returns how many digits lead to it.
    private mutating func add(
        _ entries: [(prefix: NumberPrefix, label: UInt32)], _ range: Range<Int>, after depth: Int
    ) -> Int {
        // They are sorted: what the first and the last share, all share.
        let (first, last) = (entries[range.lowerBound].prefix, entries[range.upperBound - 1].prefix)
        var node = Node()
        var end = depth
        while end < first.count, end - depth < Self.longestSkip, first[end] == last[end] {
            node.skip = node.skip << 4 | UInt32(first[end])
            end += 1
        }
        node.skipped = UInt16(end - depth)
        nodes.append(node)
        return end
    }

    package var nodeCount: Int { nodes.count }

    /// The label of the longest prefix of a number; the root's for anything else.
    package func longestMatch(_ address: Span<UInt8>) -> UInt32 {
        var best = nodes[0].label
        var walk = PrefixWalk(address)
        while let label = walk.next(nodes) { if label != 0 { best = label } }
        return best
    }
}

/// A walk down a trie along a number's digits.
struct PrefixWalk {
    /// The digits from the top, four bits each.
    private var digits: UInt64 = 0
    private var left = 0
    private var node = 0
    /// How many digits were walked.
    private(set) var length = 0

    /// A number is `+` and digits; anything else is walked nowhere.
    @inline(__always)
    init(_ address: Span<UInt8>) {
        if address.count < 2 { return }
        if address[0] != 0x2B { return }
        let end = min(address.count, NumberPrefix.longest + 1)
        var place = 1
        while place < end {
            let digit = address[place] &- 0x30
            if digit > 9 { break }
            digits = digits << 4 | UInt64(digit)
            place += 1
        }
        left = place - 1
        digits <<= UInt64(64 - 4 * left)
    }

    /// The next node's label, 0 where no prefix ends there; nil at the end.
    @inline(__always)
    mutating func next(_ nodes: [PrefixTrie.Node]) -> UInt32? {
        if left == 0 { return nil }
        let from = nodes[node]
        let bit: UInt16 = 1 << UInt16(truncatingIfNeeded: digits >> 60)
        if from.digits & bit == 0 { return nil }
        node = Int(from.firstChild) &+ (from.digits & (bit &- 1)).nonzeroBitCount
        let to = nodes[node]
        let skipped = Int(to.skipped)
        if left <= skipped { return nil }
        digits <<= 4
        // Shifted in two steps: by all of 64 bits nothing would happen.
        if skipped > 0 {
            if UInt32(truncatingIfNeeded: digits >> UInt64(64 &- 4 &* skipped)) != to.skip { return nil }
            digits <<= UInt64(4 &* skipped)
        }
        left &-= skipped &+ 1
        length &+= skipped &+ 1
        return to.label
    }
}
