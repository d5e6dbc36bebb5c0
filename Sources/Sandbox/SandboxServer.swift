import Domain
import HTTPServer
import Senders

/// The sandbox as an HTTP server: takes messages, sends nothing, misbehaves on request, and keeps its own
/// log of every call as evidence against which a sender's books can be checked.
package final class SandboxServer: Sendable {
    private let server: HTTPServer
    private let handler: SandboxHandler

    package init(_ options: SandboxOptions) throws {
        let handler = try SandboxHandler(options)
        var listening = HTTPServer.Options()
        listening.address = options.address
        listening.port = options.port
        listening.threads = options.threads
        server = try HTTPServer(listening) { handler.answer($0) }
        self.handler = handler
        handler.start()
    }

    package var port: UInt16 { server.port }

    /// Connections that are open now, held and dripping ones included.
    package var connectionCount: Int { server.connectionCount }

    /// Answers what waits, syncs the log and closes. Blocks.
    package func stop() {
        server.stop(grace: .zero)
        handler.stop()
    }
}
