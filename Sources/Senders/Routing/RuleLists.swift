/// Lists of rules that share a prefix or a domain, each kept once: a hundred thousand prefixes that go to a few
/// hundred rules have a few hundred lists. Labels count from 1.
struct RuleLists: Sendable {
    private(set) var lists: [[UInt32]] = []
    private var labels: [[UInt32]: UInt32] = [:]

    /// The rules may name one twice and stand in any order.
    mutating func label(of rules: [UInt32]) -> UInt32 {
        let list = rules.count == 1 ? rules : Set(rules).sorted()
        if let known = labels[list] { return known }
        lists.append(list)
        labels[list] = UInt32(lists.count)
        return UInt32(lists.count)
    }

    subscript(label: UInt32) -> [UInt32] { lists[Int(label) - 1] }
}
