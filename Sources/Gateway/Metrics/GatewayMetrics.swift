import HTTPServer
import Metrics

/// What the gateway counts of requests and of what it says to them.
package final class GatewayMetrics: Sendable {
    let registry: MetricsRegistry
    /// From where the page may be read without a key.
    let readers: MetricsReaders
    private let recipients: Family<Counter>
    private let refusals: Family<Counter>

    package init(_ registry: MetricsRegistry = MetricsRegistry(), readers: MetricsReaders = MetricsReaders()) {
        self.registry = registry
        self.readers = readers
        recipients = registry.counters(
            "herald_refused_recipients_total",
            "Recipients of requests that nothing is sent to, by the rule that said so.",
            labels: ["rule"])
        refusals = registry.counters(
            "herald_refused_requests_total",
            "Requests that were refused, by kind of problem and by the rule that refused.",
            labels: ["problem", "rule"])
    }

    func refusedRecipient(_ rule: String) { recipients.with(rule).add() }

    func refused(_ problem: Problem) { refusals.with(problem.kind.rawValue, problem.rule ?? "").add() }
}
