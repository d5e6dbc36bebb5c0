import Glibc
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct HTTPServerTests {
    /// A server that says what it was asked.
    static func echo(_ options: HTTPServer.Options = HTTPServer.Options()) throws -> HTTPServer {
        try HTTPServer(options) { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            let body = String(decoding: request.body, as: UTF8.self)
            return .now(
                .text(200, "\(request.method) \(request.path) \(query) \(request.headers["X-NAME"] ?? "-") \(body)"))
        }
    }

    static func last(_ reply: String) -> String {
        reply.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
    }

    @Test func requestComesWhole() async throws {
        try await onThread {
            let server = try Self.echo()
            let client = RawClient(port: server.port)
            client.write(
                "POST /a%20b?x=1&y=%C3%BC&z HTTP/1.1\r\nHost: h\r\nx-Name: Anna\r\nContent-Length: 5\r\n\r\nhe")
            client.write("llo")
            let reply = client.reply()
            #expect(reply.hasPrefix("HTTP/1.1 200 "))
            #expect(Self.last(reply) == "POST /a b x=1&y=ü&z= Anna hello")
            server.stop()
        }
    }

    @Test func connectionServesRequestAfterRequest() async throws {
        try await onThread {
            let server = try Self.echo()
            let client = RawClient(port: server.port)
            client.write("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(Self.last(client.reply()).hasPrefix("GET /1 "))
            #expect(Self.last(client.reply()).hasPrefix("GET /2 "))
            server.stop()
        }
    }

    @Test func chunkedBody() async throws {
        try await onThread {
            let server = try Self.echo()
            let client = RawClient(port: server.port)
            client.write(
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
            #expect(Self.last(client.reply()).hasSuffix(" hello"))
            server.stop()
        }
    }

    @Test func tooLongBodyIsRefusedBeforeItIsSent() async throws {
        try await onThread {
            var options = HTTPServer.Options()
            options.maxBody = 100
            let server = try Self.echo(options)
            let said = RawClient(port: server.port)
            said.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n")
            #expect(said.rest().hasPrefix("HTTP/1.1 413 "))
            let chunked = RawClient(port: server.port)
            let chunk = String(repeating: "x", count: 60)
            chunked.write(
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n\(chunk)\r\n3c\r\n\(chunk)\r\n0\r\n\r\n"
            )
            #expect(!chunked.rest().contains(" 200 "))
            let fits = RawClient(port: server.port)
            fits.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + String(repeating: "x", count: 100))
            #expect(fits.reply().hasPrefix("HTTP/1.1 200 "))
            server.stop()
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "\u{0}\u{1}\r\n\r\n",
    ])
    func malformedRequestsAreNotAnswered(with text: String) async throws {
        try await onThread {
            var options = HTTPServer.Options()
            options.idleSeconds = 1
            let server = try Self.echo(options)
            let client = RawClient(port: server.port)
            client.write(text)
            shutdown(client.descriptor, Int32(SHUT_WR))
            #expect(!client.rest().hasPrefix("HTTP/1.1 200"))
            server.stop()
        }
    }

    @Test func busyPortSaysSo() async throws {
        try await onThread {
            let server = try Self.echo()
            var options = HTTPServer.Options()
            options.port = server.port
            #expect(throws: HTTPServerError.portInUse(port: server.port)) { try Self.echo(options) }
            #expect("\(HTTPServerError.portInUse(port: 8080))".contains("Port 8080 is already in use"))
            server.stop()
            try Self.echo(options).stop()
        }
    }

    @Test(arguments: ["300.1.1.1", "localhost", "", "192.0.2.1"]) func badAddress(address: String) {
        var options = HTTPServer.Options()
        options.address = address
        #expect(throws: HTTPServerError.badAddress(address)) { try Self.echo(options) }
    }

    @Test func laterAnswersFromATask() async throws {
        try await onThread {
            let server = try HTTPServer(HTTPServer.Options()) { request in
                .task {
                    await Task.yield()
                    return .json(Array("[\"\(request.path)\"]".utf8))
                }
            }
            let clients = (0..<20).map { _ in RawClient(port: server.port) }
            for (index, client) in clients.enumerated() { client.write("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n") }
            for (index, client) in clients.enumerated() { #expect(Self.last(client.reply()) == "[\"/\(index)\"]") }
            server.stop()
        }
    }

    @Test func firstAnswerCounts() async throws {
        try await onThread {
            let server = try HTTPServer(HTTPServer.Options()) { _ in
                .later { pending in
                    pending.answer(.text(200, "first"))
                    pending.answer(.text(200, "second"))
                    pending.drop()
                }
            }
            let client = RawClient(port: server.port)
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(Self.last(client.reply()) == "first")
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(Self.last(client.reply()) == "first")
            server.stop()
        }
    }

    @Test func dropClosesWithoutAnAnswer() async throws {
        try await onThread {
            let server = try HTTPServer(HTTPServer.Options()) { request in
                request.path == "/now" ? .drop : .later { $0.drop() }
            }
            for path in ["/now", "/later"] {
                let client = RawClient(port: server.port)
                client.write("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(client.rest().isEmpty)
            }
            server.stop()
        }
    }

    @Test func stopAnswersWhatWaitsAndLateAnswersDoNoHarm() async throws {
        try await onThread {
            let kept = Mutex<[PendingAnswer]>([])
            let server = try HTTPServer(HTTPServer.Options()) { request in
                request.path == "/ping"
                    ? .now(.text(200, "pong")) : .later { pending in kept.withLock { $0.append(pending) } }
            }
            let waiting = RawClient(port: server.port)
            waiting.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            // Requests of one polling thread are taken up in order: after the pong the other one waits.
            while kept.withLock({ $0.isEmpty }) {
                let client = RawClient(port: server.port)
                client.write("GET /ping HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(Self.last(client.reply()) == "pong")
            }
            server.stop(grace: .zero)
            server.stop()
            #expect(waiting.rest().hasPrefix("HTTP/1.1 503 "))
            for pending in kept.withLock({ $0 }) { pending.answer(.text(200, "too late")) }
            #expect(server.connectionCount == 0)
        }
    }

    private final class Pieces: BodyStream {
        private let left: Mutex<[String]>
        private let isCut: Bool
        init(_ pieces: [String], isCut: Bool) {
            left = Mutex(pieces)
            self.isCut = isCut
        }

        /// Waits once before each piece that is empty.
        func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep {
            let piece = left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let piece else { return isCut ? .abort : .end }
            if piece.isEmpty { return .wait { $0.resume() } }
            buffer.copyBytes(from: piece.utf8)
            return .wrote(piece.utf8.count)
        }
    }

    @Test func streamsWithWaits() async throws {
        try await onThread {
            let server = try HTTPServer(HTTPServer.Options()) { request in
                .now(
                    HTTPResponse(
                        status: 200,
                        body: .stream(
                            Pieces(["ab", "", "c", "", "", "def"], isCut: request.path == "/cut"),
                            length: request.path == "/cut" ? 100 : 6)))
            }
            let client = RawClient(port: server.port)
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(Self.last(client.reply()) == "abcdef")
            let cut = RawClient(port: server.port)
            cut.write("GET /cut HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(Self.last(cut.rest()).utf8.count < 100)
            server.stop()
        }
    }

    /// The library takes events in lists of 128; all of these have one at the same time.
    @Test(arguments: [1, 3]) func hundredsOfConnectionsAtOnce(threads: Int) async throws {
        try await onThread {
            var options = HTTPServer.Options()
            options.threads = threads
            let server = try Self.echo(options)
            let clients = (0..<300).map { _ in RawClient(port: server.port) }
            for round in 0..<3 {
                for client in clients { client.write("GET /\(round) HTTP/1.1\r\nHost: h\r\n\r\n") }
                for client in clients { #expect(Self.last(client.reply()).hasPrefix("GET /\(round) ")) }
            }
            #expect(server.connectionCount == 300)
            server.stop()
        }
    }

    @Test func furtherConnectionsWaitAtTheLimit() async throws {
        try await onThread {
            var options = HTTPServer.Options()
            options.maxConnections = 2
            let server = try Self.echo(options)
            var clients = (0..<2).map { _ in RawClient(port: server.port) }
            for client in clients {
                client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(client.reply().hasPrefix("HTTP/1.1 200"))
            }
            #expect(server.connectionCount == 2)
            let third = RawClient(port: server.port)
            third.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(server.connectionCount == 2)
            // The third waits in the system's queue until one of the two has gone.
            clients.removeFirst()
            #expect(third.reply().hasPrefix("HTTP/1.1 200"))
            server.stop()
        }
    }
}

@Suite struct HTTPHeadersTests {
    @Test func namesCompareWithoutCase() {
        var headers = HTTPHeaders()
        func put(_ name: String, _ value: String) {
            Array(name.utf8).withUnsafeBufferPointer { name in
                Array(value.utf8).withUnsafeBufferPointer { headers.append(name: name, value: $0) }
            }
        }
        put("Content-Type", "a")
        put("content-type", "b")
        put("X-Empty", "")
        #expect(headers["CONTENT-TYPE"] == "a")
        #expect(headers["x-empty"]?.isEmpty == true)
        #expect(headers["content-typ"] == nil && headers["content_type"] == nil)
        #expect(headers.count == 3)
    }
}
