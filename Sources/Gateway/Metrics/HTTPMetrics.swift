import HTTPServer
import Jobs
import Metrics

/// Counts the requests that a server answered. Called for each on a polling thread: every member is found beforehand.
package struct HTTPMetrics: Sendable {
    private struct Operation: Sendable {
        let classes: [String: Counter]
        let duration: Histogram
    }

    private let operations: [String: Operation]
    private static let classes = ["1xx", "2xx", "3xx", "4xx", "5xx", "gone"]

    /// `operations`: what the API's document calls its routes.
    package init(_ registry: MetricsRegistry, operations: [String]) {
        let requests = registry.counters(
            "herald_http_requests_total", "Requests that were answered; gone: the client went away before.",
            labels: ["operation", "status"], limit: 6000)
        let durations = registry.histograms(
            "herald_http_request_seconds", "From a request's head to the end of its answer; event streams not counted.",
            .calls,
            labels: ["operation"], limit: 1000)
        var found: [String: Operation] = [:]
        for name in operations + ["-"] {
            found[name] = Operation(
                classes: Dictionary(
                    Self.classes.map { ($0, requests.with(name, $0)) }, uniquingKeysWith: { first, _ in first }),
                duration: durations.with(name))
        }
        self.operations = found
    }

    package func note(_ record: AccessRecord) {
        guard let operation = operations[record.operation] ?? operations["-"] else { return }
        let status = record.status == 0 ? "gone" : "\(record.status / 100)xx"
        operation.classes[status]?.add()
        if !record.isEndless { operation.duration.observe(micros: record.microseconds) }
    }

    /// How many are connected at the moment.
    package static func register(in registry: MetricsRegistry, _ server: HTTPServer) {
        registry.read("herald_http_connections", "Connections that are open.") { [weak server] in
            server.map { [.init([], Double($0.connectionCount))] } ?? []
        }
        registry.read("herald_event_streams", "Event streams that are open.", labels: ["kind"]) { [weak server] in
            server.map {
                [.init(["sse"], Double($0.eventStreamCount)), .init(["websocket"], Double($0.webSocketCount))]
            } ?? []
        }
    }

    /// What waits to be committed.
    package static func register(in registry: MetricsRegistry, accepts: AcceptQueues) {
        registry.read(
            "herald_accept_queue_messages", "Messages of requests that wait for their commit.", labels: ["queue"]
        ) { accepts.depths.map { .init([$0.name], Double($0.messages)) } }
    }
}
