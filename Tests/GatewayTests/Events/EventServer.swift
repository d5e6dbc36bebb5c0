import Crypto
import Domain
import Foundation
import HTTPServer
import TestDatabase
import TestSupport

@testable import Gateway

/// A gateway's routes behind real sockets and TLS, and stock WebSocket clients of it.
final class EventServer: Sendable {
    let server: HTTPServer
    private let folder: String

    init(_ bench: GatewayBench, _ set: (inout HTTPServer.Options) -> Void = { _ in }) throws {
        folder = try TestFolder.make()
        let pair = try DevelopmentCertificate()
        try pair.write(certificatePath: folder + "/cert.pem", keyPath: folder + "/key.pem")
        var options = HTTPServer.Options()
        options.certificate = try ServerCertificate(certificate: pair.certificate, key: pair.key)
        set(&options)
        server = try HTTPServer(options, plan: bench.plan)
    }

    func client(_ query: String = "", key: String) throws -> Client {
        let url = "wss://localhost:\(server.port)/v1/events\(query)"
        return Client(try PythonOracle.start("http/event_client.py", [url, folder + "/cert.pem", key]))
    }

    /// Blocks for as long as the grace.
    func stop() async {
        let server = server
        await withCheckedContinuation { done in
            Thread {
                server.stop(grace: .seconds(30))
                done.resume()
            }.start()
        }
    }

    struct Client: Sendable {
        private let process: ChildProcess

        init(_ process: ChildProcess) { self.process = process }

        func write(_ text: String) { process.write(Array((text + "\n").utf8)) }

        /// The next line that it prints, read on a thread of its own.
        func line() async -> String {
            let process = process
            return await withCheckedContinuation { done in
                Thread { done.resume(returning: process.line() ?? "") }.start()
            }
        }

        /// The next event; what is not the wanted one is passed over.
        func event(_ name: String) async throws -> JSON {
            while true {
                let line = await line()
                guard !line.isEmpty, let json = try? JSON.parse(line) else { throw Unexpected(line: line) }
                if json["event"]?.stringValue == name { return json }
            }
        }

        func end() async {
            process.closeInput()
            await process.end()
        }
    }

    struct Unexpected: Error { let line: String }
}
