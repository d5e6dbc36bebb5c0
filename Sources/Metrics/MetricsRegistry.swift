private import Synchronization

/// All that one process counts. Made once, where the process is put together, and handed down; who is not given one
/// counts into one of its own that nobody reads.
package final class MetricsRegistry: Sendable {
    /// A value that is asked for when the page is made.
    package struct Sample: Sendable, Hashable {
        package var values: [String]
        package var number: Double

        package init(_ values: [String] = [], _ number: Double) {
            self.values = values
            self.number = number
        }
    }

    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    private enum Entry: Sendable {
        case counters(Family<Counter>)
        case histograms(Family<Histogram>)
        case read(name: String, help: String, kind: Kind, labels: [String], read: @Sendable () async -> [Sample])

        var name: String {
            switch self {
            case .counters(let family): family.name
            case .histograms(let family): family.name
            case .read(let name, _, _, _, _): name
            }
        }
    }

    private let entries = Mutex<[Entry]>([])

    package init() {}

    package func counters(_ name: String, _ help: String, labels: [String] = [], limit: Int = 200) -> Family<Counter> {
        let family = Family(name, help, labels: labels, limit: limit) { Counter() }
        add(.counters(family))
        return family
    }

    package func histograms(
        _ name: String, _ help: String, _ bounds: Histogram.Bounds, labels: [String] = [], limit: Int = 100
    ) -> Family<Histogram> {
        let family = Family(name, help, labels: labels, limit: limit) { Histogram(bounds) }
        add(.histograms(family))
        return family
    }

    /// What is known only by looking: asked each time the page is made, so it must be quick. No samples: the name is
    /// on the page, and no value, which monitoring can tell from zero.
    package func read(
        _ name: String, _ help: String, kind: Kind = .gauge, labels: [String] = [],
        _ read: @escaping @Sendable () async -> [Sample]
    ) {
        add(.read(name: name, help: help, kind: kind, labels: labels, read: read))
    }

    private func add(_ entry: Entry) {
        entries.withLock { entries in
            precondition(!entries.contains { $0.name == entry.name }, "\(entry.name) is there already")
            entries.append(entry)
        }
    }

    package var names: [String] { entries.withLock { $0.map(\.name) }.sorted() }

    /// The page as Prometheus reads it, text format 0.0.4, in the order of the names. A histogram that counted nothing
    /// yet is left out where there are many of its name: it would be twenty lines of zeros.
    package func page() async -> [UInt8] {
        var page = MetricsPage()
        for entry in entries.withLock({ $0 }).sorted(by: { $0.name < $1.name }) {
            switch entry {
            case .counters(let family):
                page.head(family.name, family.help, .counter)
                for (values, member) in family.sorted {
                    page.line(family.name, family.labels, values, Double(member.value))
                }
            case .histograms(let family):
                page.head(family.name, family.help, .histogram)
                for (values, member) in family.sorted where family.labels.isEmpty || !member.isEmpty {
                    page.histogram(family.name, family.labels, values, member)
                }
            case .read(let name, let help, let kind, let labels, let read):
                page.head(name, help, kind)
                for sample in await read() where sample.values.count == labels.count {
                    page.line(name, labels, sample.values, sample.number)
                }
            }
        }
        return page.bytes
    }
}
