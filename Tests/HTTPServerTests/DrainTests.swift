import Foundation
import Glibc
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct DrainTests {
    /// What was received is answered; nothing new is taken; endless streams end in order.
    @Test func requestsUnderWayAreAnswered() async throws {
        try await onThread {
            let begun = WaitGate()
            let gate = WaitGate()
            let streamed = WaitGate()
            let server = try RouteServerTests.server([
                Route(.get, "/slow", operationID: "slow") { _, _ in
                    begun.open()
                    await gate.wait()
                    return .text(200, "done")
                },
                Route(.get, "/events", operationID: "events") { _, _ in
                    let stream = EventStream()
                    stream.send(ServerSentEvent(data: [0x61]))
                    streamed.open()
                    return stream.response
                },
            ])
            let idle = RawClient(port: server.port)
            idle.write("GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(idle.reply().hasPrefix("HTTP/1.1 404 "))
            let slow = RawClient(port: server.port)
            slow.write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            let events = RawClient(port: server.port)
            events.write("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = events.head()
            #expect(events.chunk() == "data: a\n\n")
            begun.waitBlocking()
            let stopped = WaitGate()
            Thread {
                server.stop(grace: .seconds(60))
                stopped.open()
            }.start()
            // The stream ends and the idle connection is closed: now the server drains.
            #expect(events.rest() == "0\r\n\r\n")
            #expect(idle.rest().isEmpty)
            let refused = RawClient(port: server.port)
            refused.write("GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(refused.rest().isEmpty)
            #expect(!stopped.isOpen)
            gate.open()
            let reply = slow.reply()
            #expect(reply.hasSuffix("\r\n\r\ndone") && reply.contains("Connection: close\r\n"))
            stopped.waitBlocking()
            #expect(server.connectionCount == 0)
        }
    }

    /// One server takes over the socket of another while clients keep coming: none is refused or left without an answer.
    @Test func aHandedOnSocketRefusesNobody() async throws {
        try await onThread {
            var options = HTTPServer.Options()
            let listener = try ListeningSocket(options)
            defer { listener.close() }
            func start() throws -> HTTPServer {
                options.inherited = dup(listener.descriptor)
                return try HTTPServer(options) { _ in .task { .text(200, "ok") } }
            }
            let failures = Mutex(0)
            let answered = Mutex(0)
            let isDone = Mutex(false)
            let ended = (0..<4).map { _ in WaitGate() }
            for gate in ended {
                Thread {
                    while !isDone.withLock({ $0 }) {
                        let client = RawClient(port: listener.port)
                        client.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                        if client.rest().hasSuffix("ok") {
                            answered.withLock { $0 += 1 }
                        } else {
                            failures.withLock { $0 += 1 }
                        }
                    }
                    gate.open()
                }.start()
            }
            var server = try start()
            for _ in 0..<5 {
                let target = answered.withLock { $0 } + 50
                while answered.withLock({ $0 }) < target, failures.withLock({ $0 }) == 0 { usleep(1000) }
                let next = try start()
                server.stop(grace: .seconds(30))
                server = next
            }
            isDone.withLock { $0 = true }
            for gate in ended { gate.waitBlocking() }
            #expect(failures.withLock { $0 } == 0)
            server.stop()
        }
    }

    @Test func whatIsNoListeningSocketIsRefused() throws {
        var options = HTTPServer.Options()
        let plain = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(plain) }
        options.inherited = plain
        #expect(throws: HTTPServerError.badInheritedSocket(plain)) { try HTTPServer(options) { _ in .drop } }
    }

    @Test func bothKindsOfAddressesAreServed() async throws {
        try await onThread {
            let server = try RouteServerTests.server([
                Route(.get, "/", operationID: "x") { request, _ in .text(200, "\(request.client)") }
            ]) { $0.address = "::" }
            let client = RawClient(port: server.port)
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasSuffix("\r\n\r\n127.0.0.1"))
            let six = try Program.run("/usr/bin/curl", ["-sS", "--max-time", "60", "http://[::1]:\(server.port)/"])
            #expect(six.output == "::1")
            server.stop()
        }
    }
}
