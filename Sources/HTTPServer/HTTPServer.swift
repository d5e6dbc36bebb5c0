private import Synchronization

/// An HTTP/1.1 server over libmicrohttpd, which this module alone knows.
///
/// What becomes of a request is decided on its head. The handler is called on a polling thread and answers there and
/// then, later, or not at all; while it runs, that thread serves nobody else, so long work belongs into a later
/// answer. Heads, bodies, connections and time are bounded.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPAnswer
    package typealias Planner = @Sendable (HTTPRequest) -> RequestPlan

    /// The port it listens on.
    package let port: UInt16
    private let core: ServerCore
    private let socket: ListeningSocket
    /// Empty once stopped.
    private let threads: Mutex<[PollingThread]>

    package init(_ options: Options, plan: @escaping Planner) throws(HTTPServerError) {
        let socket = try ListeningSocket(options)
        let core = ServerCore(options: options, plan: plan)
        var threads: [PollingThread] = []
        for _ in 0..<max(options.threads, 1) {
            guard let thread = PollingThread(core: core, listener: socket.descriptor) else {
                for thread in threads {
                    thread.endPolling()
                    thread.stop()
                }
                socket.close()
                throw .cannotStart
            }
            threads.append(thread)
        }
        self.core = core
        self.socket = socket
        self.port = socket.port
        self.threads = Mutex(threads)
    }

    /// A server without routes: every body is collected first.
    package convenience init(_ options: Options, handler: @escaping Handler) throws(HTTPServerError) {
        let rule = BodyRule.collected(limit: options.maxBody)
        try self.init(options) { _ in RequestPlan(label: "-", .handle(rule, handler)) }
    }

    /// A server of routes.
    package convenience init(_ options: Options, _ planner: RoutePlanner) throws(HTTPServerError) {
        try self.init(options) { planner.plan($0) }
    }

    deinit { stop(grace: .zero) }

    package var connectionCount: Int {
        threads.withLock { threads in threads.reduce(0) { $0 + $1.connectionCount } }
    }

    /// Streams of server-sent events that are open.
    package var eventStreamCount: Int { core.eventStreams.load(ordering: .relaxed) }
    package var webSocketCount: Int { core.webSockets.count }

    /// Takes no further connection, lets requests under way be answered for at most `grace` while every answer says
    /// `Connection: close` and endless streams end, answers the rest with 503, then closes everything. Blocks; a second
    /// call does nothing.
    package func stop(grace: Duration = .seconds(5)) {
        let stopping = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard !stopping.isEmpty else { return }
        core.startDraining()
        core.webSockets.drain()
        for thread in stopping { thread.acceptNoMore() }
        // Refused is better than left waiting. A socket that others hold too goes on for them.
        socket.close()
        let isDone = core.drain(for: grace)
        core.registry.close()
        if !isDone { _ = core.drain(for: .seconds(2)) }
        for thread in stopping { thread.endPolling() }
        // Behind the last request, because one may have become a WebSocket; before the library, which wants none left.
        core.webSockets.stop()
        for thread in stopping { thread.stop() }
    }
}
