import Glibc
import Synchronization
import Testing

@testable import HTTPServer

/// Requests that a proxy in front might cut differently, and ones that are only too much.
@Suite struct HostileRequestTests {
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

    /// Each is answered once at most, with a refusal, and nothing behind it is taken for a request.
    @Test(arguments: [
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            400
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        // A folded line, which the library glues to the name before: it would read "Transfer-Encoding".
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encodin: chunked\r\n g\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nX: a\nContent-Length: 0\r\n\r\n", 400),
        ("POST / HTTP/1.1\nHost: h\n\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\n\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h@i\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nX: a\u{1}b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: h\r\nX y: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n", 400), ("GET /\u{7F} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /ü HTTP/1.1\r\nHost: h\r\n\r\n", 400), ("G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", 417),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxx\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400),
    ]) func isRefusedAndEnds(text: String, status: Int) async throws {
        try await onThread {
            let asked = Mutex<[String]>([])
            var options = HTTPServer.Options()
            options.slowSeconds = 1
            options.idleSeconds = 2
            let server = try HTTPServer(options) { request in
                asked.withLock { $0.append(request.path) }
                return .now(.text(200, "taken"))
            }
            let client = RawClient(port: server.port)
            client.write(text + Self.smuggled)
            let all = client.rest()
            #expect(all.hasPrefix("HTTP/1.1 \(status) "), "\(all)")
            // The library itself answers a length that is no number, and writes that head twice.
            let isTwice = text.contains("Content-Length: +0") || text.contains("Content-Length: 0, 0")
            #expect(all.count("HTTP/1.1 ") == (isTwice ? 2 : 1))
            #expect(all.count("Connection: close\r\n") == all.count("HTTP/1.1 "))
            #expect(asked.withLock { $0 }.isEmpty)
            server.stop()
        }
    }

    @Test func limitsOfTheHead() async throws {
        try await onThread {
            let server = try RouteServerTests.server([RouteServerTests.echo]) {
                $0.maxTarget = 1000
                $0.maxHeaderFields = 20
                $0.maxHeadBytes = 4000
            }
            func status(_ text: String) -> String {
                let client = RawClient(port: server.port)
                client.write(text)
                return String(client.rest().dropFirst(9).prefix(3))
            }
            let end = "Host: h\r\nConnection: close\r\n\r\n"
            #expect(status("GET /\(String(repeating: "a", count: 900)) HTTP/1.1\r\n\(end)") == "404")
            #expect(status("GET /\(String(repeating: "a", count: 1100)) HTTP/1.1\r\n\(end)") == "414")
            #expect(status("GET /?a=\(String(repeating: "a", count: 1100)) HTTP/1.1\r\n\(end)") == "414")
            #expect(status("GET /?a=\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\(end)") == "414")
            let field = "X: \(String(repeating: "a", count: 100))\r\n"
            #expect(status("GET / HTTP/1.1\r\n\(String(repeating: field, count: 18))\(end)") == "404")
            #expect(status("GET / HTTP/1.1\r\n\(String(repeating: field, count: 19))\(end)") == "431")
            #expect(status("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 4000))\r\n\(end)") == "431")
            #expect(status("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 400_000))\r\n\(end)") == "431")
            server.stop()
        }
    }

    /// A byte now and then keeps no connection open.
    @Test(arguments: [
        // No head, a slow first head, a slow second head, a slow body.
        ("", ""), ("GET / HTTP/1.1\r\nHost: h\r\nX: ", "a"),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nX: ", "a"),
        ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", "a"),
        ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", "a"),
    ]) func slowClientsAreCutOff(start: String, drip: String) async throws {
        try await onThread {
            let server = try RouteServerTests.server([RouteServerTests.echo]) {
                $0.headSeconds = 1
                $0.slowSeconds = 1
            }
            let client = RawClient(port: server.port)
            client.write(start)
            #expect(client.isClosed(within: 60, dripping: drip))
            server.stop()
        }
    }

    @Test func whoReadsNothingIsCutOff() async throws {
        try await onThread {
            let ended = WaitGate()
            let route = Route(.get, "/", operationID: "x") { _, _ in
                .chunks(headers: []) { writer in
                    defer { ended.open() }
                    while true { try await writer.write(Array(repeating: 0x61, count: 100_000)) }
                }
            }
            let server = try RouteServerTests.server([route]) { $0.slowSeconds = 1 }
            let client = RawClient(port: server.port)
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            ended.waitBlocking()
            #expect(ended.isOpen)
            server.stop()
        }
    }

    /// Patience for who is slow but moves.
    @Test func anIdleConnectionIsKept() async throws {
        try await onThread {
            let server = try RouteServerTests.server([RouteServerTests.echo]) {
                $0.headSeconds = 1
                $0.slowSeconds = 1
            }
            let client = RawClient(port: server.port)
            client.write("GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 404 "))
            // Three times as long as a head may take, by the server's own clock: other connections come and are cut.
            for _ in 0..<3 { #expect(RawClient(port: server.port).isClosed(within: 60, dripping: "")) }
            client.write("GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 404 "))
            server.stop()
        }
    }

    @Test func oneAddressHoldsOnlySoMany() async throws {
        try await onThread {
            let server = try RouteServerTests.server([RouteServerTests.echo]) { $0.maxConnectionsPerAddress = 2 }
            func isServed(_ client: RawClient) -> Bool {
                client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return client.reply().hasPrefix("HTTP/1.1 404 ")
            }
            var clients = [RawClient(port: server.port), RawClient(port: server.port)]
            #expect(clients.allSatisfy(isServed))
            #expect(!isServed(RawClient(port: server.port)))
            clients.removeLast()
            var isThere = false
            for _ in 0..<6000 where !isThere {
                isThere = isServed(RawClient(port: server.port))
                if !isThere { usleep(10_000) }
            }
            #expect(isThere && isServed(clients[0]))
            server.stop()
        }
    }
}

extension String {
    fileprivate func count(_ text: String) -> Int { ranges(of: text).count }
}
