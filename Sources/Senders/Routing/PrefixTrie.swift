import Domain

/// A set of number prefixes with a label each, as a trie over digits in one flat array: twelve bytes a node, brothers
/// side by side, upper levels first, so that 100,000 prefixes take about a megabyte and their common beginnings stay
/// in the cache.
package struct PrefixTrie: Sendable {
    private struct Node {
        /// The number of the first child; the others follow it.
        var firstChild: UInt32 = 0
        /// 0: no prefix ends here.
        var label: UInt32 = 0
        /// A bit for each digit that has a child.
        var digits: UInt16 = 0
    }

    /// Where every walk starts; nobody's child.
    static let root: UInt32 = 0

    private var nodes: [Node] = []

    /// `entries` are sorted by prefix, each prefix once; labels are above 0, but for `rootLabel`, which may be.
    package init(_ entries: [(prefix: NumberPrefix, label: UInt32)], rootLabel: UInt32 = 0) {
        nodes.append(Node(label: rootLabel))
        // The entries below each node that was made and has not got its children yet.
        var level = [0..<entries.count]
        var depth = 0
        var node = 0
        while !level.isEmpty {
            var next: [Range<Int>] = []
            for range in level {
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
                    nodes.append(Node())
                    next.append(start..<end)
                    start = end
                }
                node += 1
            }
            level = next
            depth += 1
        }
    }

    package var isEmpty: Bool { nodes.count == 1 }
    package var nodeCount: Int { nodes.count }

    /// The child for a digit; the root where there is none.
    @inline(__always)
    func child(of node: UInt32, _ digit: UInt8) -> UInt32 {
        let node = nodes[Int(node)]
        let bit: UInt16 = 1 << UInt16(digit)
        guard node.digits & bit != 0 else { return Self.root }
        return node.firstChild &+ UInt32(truncatingIfNeeded: (node.digits & (bit &- 1)).nonzeroBitCount)
    }

    @inline(__always)
    func label(of node: UInt32) -> UInt32 { nodes[Int(node)].label }

    /// The label of the longest prefix of a number; the root's for anything else.
    package func longestMatch(_ address: Span<UInt8>) -> UInt32 {
        var best = nodes[0].label
        guard address.count > 1, address[0] == 0x2B else { return best }
        var node = Self.root
        var place = 1
        while place < address.count {
            let digit = address[place] &- 0x30
            if digit > 9 { break }
            node = child(of: node, digit)
            if node == Self.root { break }
            let label = label(of: node)
            if label != 0 { best = label }
            place += 1
        }
        return best
    }
}
