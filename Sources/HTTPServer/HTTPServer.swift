private import Synchronization

/// An HTTP/1.1 server over libmicrohttpd, which this module alone knows.
///
/// The handler is called on a polling thread with a whole request and answers there and then, later,
/// or not at all; while it runs, that thread serves nobody else, so long work belongs into a later
/// answer. Bodies, connections and idle time are bounded.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPAnswer

    /// The port it listens on.
    package let port: UInt16
    private let core: ServerCore
    private let socket: ListeningSocket
    /// Empty once stopped.
    private let threads: Mutex<[PollingThread]>

    package init(_ options: Options, handler: @escaping Handler) throws(HTTPServerError) {
        let socket = try ListeningSocket(address: options.address, port: options.port)
        let core = ServerCore(options: options, handler: handler)
        var threads: [PollingThread] = []
        for _ in 0..<max(options.threads, 1) {
            guard let thread = PollingThread(core: core, listener: socket.descriptor) else {
                for thread in threads { thread.stop() }
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

    deinit { stop(grace: .zero) }

    package var connectionCount: Int {
        threads.withLock { threads in threads.reduce(0) { $0 + $1.connectionCount } }
    }

    /// Takes no further connection, answers waiting requests with 503, lets those under way finish for
    /// at most `grace`, then closes everything. Blocks; a second call does nothing.
    package func stop(grace: Duration = .seconds(5)) {
        let stopping = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard !stopping.isEmpty else { return }
        for thread in stopping { thread.acceptNoMore() }
        core.registry.close()
        core.drain(for: grace)
        for thread in stopping { thread.stop() }
        socket.close()
    }
}
