private import Synchronization

/// The metrics of one name, one for each combination of its labels' values. Whoever counts often keeps the member that
/// it counts in; finding one takes a lock.
///
/// Bounded: values beyond the limit are counted together under `other`, so that nothing that comes from outside can
/// fill the memory or the monitoring.
package final class Family<Member: Sendable>: Sendable {
    package let name: String
    let help: String
    package let labels: [String]
    private let limit: Int
    private let make: @Sendable () -> Member
    private let members: Mutex<[[String]: Member]>

    init(_ name: String, _ help: String, labels: [String], limit: Int, make: @escaping @Sendable () -> Member) {
        self.name = name
        self.help = help
        self.labels = labels
        self.limit = limit
        self.make = make
        // What has no labels is there from the beginning, as zero.
        members = Mutex(labels.isEmpty ? [[]: make()] : [:])
    }

    /// The member for these values, in the order of the labels.
    package func with(_ values: String...) -> Member { member(values) }

    package func member(_ values: [String]) -> Member {
        precondition(values.count == labels.count, "\(name) has the labels \(labels)")
        return members.withLock { members in
            if let known = members[values] { return known }
            let values = members.count < limit ? values : values.map { _ in "other" }
            if let known = members[values] { return known }
            let member = make()
            members[values] = member
            return member
        }
    }

    /// All there are, in a stable order.
    var sorted: [(values: [String], member: Member)] {
        members.withLock { members in members.map { ($0.key, $0.value) } }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
