import Domain
import Ingest

/// The accept queues of a process, each with a connection of its own: what is urgent waits for nobody else's commit, and
/// a single message not for those of a thousand.
package struct AcceptQueues: Sendable {
    private let urgent: AcceptQueue
    private let single: AcceptQueue
    private let many: AcceptQueue
    /// Requests with more messages than this go with the large ones.
    private static let few = 8

    package init(_ make: (_ name: String, _ sendsAtOnce: Bool) -> AcceptQueue) {
        urgent = make("accept-urgent", true)
        single = make("accept", true)
        many = make("accept-many", false)
    }

    package func queue(for priority: Priority, messages: Int) -> AcceptQueue {
        if priority == .critical { return urgent }
        return messages > Self.few ? many : single
    }

    /// Messages that wait for their commit, by queue.
    package var depths: [(name: String, messages: Int)] {
        [("urgent", urgent.depth), ("single", single.depth), ("many", many.depth)]
    }

    /// Work until closed; what was taken before is still committed.
    package func run() async {
        async let first: Void = urgent.run()
        async let second: Void = single.run()
        // By the thread that reads such requests: sealing hundreds must not hold up one.
        async let third: Void = withTaskExecutorPreference(BulkExecutor.requests) { await many.run() }
        _ = await (first, second, third)
    }

    package func close() { for queue in [urgent, single, many] { queue.close() } }
}
