import Glibc
import Synchronization
import Testing

@testable import HTTPServer

/// A server of routes, spoken to in bytes.
@Suite struct RouteServerTests {
    static func server(
        _ routes: [Route], _ set: (inout HTTPServer.Options) -> Void = { _ in }
    ) throws -> HTTPServer {
        var options = HTTPServer.Options()
        set(&options)
        return try HTTPServer(options, RoutePlanner(Router(routes)))
    }

    /// Says how many bytes came, and in how many pieces none was too large.
    static let upload = Route(.put, "/upload/{name}", operationID: "upload", body: .stream(limit: 3 << 30)) {
        request, parameters in
        var pieces = request.content.pieces()
        var total = 0
        var largest = 0
        var sum: UInt64 = 0
        while let piece = try await pieces.next() {
            total += piece.count
            largest = max(largest, piece.count)
            for byte in piece { sum = sum &* 31 &+ UInt64(byte) }
        }
        return .text(200, "\(parameters["name"] ?? "") \(total) \(largest <= 160 << 10) \(sum)")
    }

    static let echo = Route(.post, "/echo", operationID: "echo", body: .whole(limit: 1 << 20)) { request, _ in
        let bytes = try await request.content.bytes()
        return HTTPResponse(status: 200, body: .bytes(bytes))
    }

    static let routes = [echo, upload]

    static func sum(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) } }

    @Test func routesAnswer() async throws {
        try await onThread {
            let server = try Self.server([
                Self.echo, Route(.get, "/echo", operationID: "get") { _, _ in .text(200, "got") },
                Route(.get, "/fails", operationID: "fails") { _, _ in throw HeadFault.malformed },
            ])
            let client = RawClient(port: server.port)
            client.write("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            #expect(client.reply().hasSuffix("\r\n\r\nhi"))
            client.write("HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /echo/ HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.head().contains("Content-Length: 3\r\n"))
            #expect(client.reply().hasSuffix("\r\n\r\ngot"))
            client.write("OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.head().contains("Allow: GET, HEAD, OPTIONS, POST\r\n"))
            client.write("DELETE /echo HTTP/1.1\r\nHost: h\r\n\r\n")
            let refused = client.reply()
            #expect(refused.hasPrefix("HTTP/1.1 405 ") && refused.contains("application/problem+json"))
            client.write("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 404 "))
            client.write("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 400 "))
            client.write("GET /fails HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 500 "))
            // A small body that nobody wants costs no connection.
            client.write("POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
            #expect(client.reply().hasPrefix("HTTP/1.1 404 "))
            client.write("GET http://other/echo HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply().hasSuffix("\r\n\r\ngot"))
            client.write("GET /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
            #expect(client.rest().hasPrefix("HTTP/1.1 413 "))
            server.stop()
        }
    }

    @Test(arguments: [0, 1, 65_536, 65_537, 400_000]) func bodiesOfAnySizeComeWhole(size: Int) async throws {
        try await onThread {
            let server = try Self.server([Self.echo, Self.upload])
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for path in ["/echo", "/upload/x"] {
                let client = RawClient(port: server.port)
                let method = path == "/echo" ? "POST" : "PUT"
                client.write("\(method) \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n", body)
                let expected = path == "/echo" ? body : Array("x \(size) true \(Self.sum(body))".utf8)
                #expect(client.replyBody() == expected)
                // In chunks, the last pieces of which are tiny.
                client.write("\(method) \(path) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                var rest = body[...]
                while !rest.isEmpty {
                    let chunk = rest.prefix(rest.count > 100 ? 30_000 : 7)
                    client.write("\(String(chunk.count, radix: 16));x=y\r\n", Array(chunk))
                    client.write("\r\n")
                    rest = rest.dropFirst(chunk.count)
                }
                client.write("0\r\nTrailer: t\r\n\r\n")
                #expect(client.replyBody() == expected)
            }
            server.stop()
        }
    }

    /// The handler reads slowly; the client gets rid of no more than buffers hold.
    @Test func aSlowReaderSlowsTheClient() async throws {
        try await onThread {
            let gate = WaitGate()
            let route = Route(.put, "/slow", operationID: "slow", body: .stream(limit: 1 << 30)) { request, _ in
                var pieces = request.content.pieces()
                var total = try await pieces.next()?.count ?? 0
                await gate.wait()
                while let piece = try await pieces.next() { total += piece.count }
                return .text(200, "\(total)")
            }
            let server = try Self.server([route])
            let client = RawClient(port: server.port)
            let size = 64 << 20
            client.write("PUT /slow HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n")
            let sent = client.fill(Array(repeating: 7, count: 1 << 20), until: size)
            #expect(sent < size / 2)
            gate.open()
            client.write(Array(repeating: 7, count: size - sent))
            #expect(client.reply().hasSuffix("\r\n\r\n\(size)"))
            server.stop()
        }
    }

    @Test func refusedHeadsAreNotUploaded() async throws {
        try await onThread {
            let denied = Route(.put, "/denied", operationID: "denied", body: .stream(limit: 1 << 30)) { _, _ in
                .text(401, "no")
            }
            let server = try Self.server([Self.upload, Self.echo, denied])
            for (path, status, size) in [
                ("/denied", 401, 1 << 29), ("/nothing", 404, 1 << 40), ("/upload/x", 413, 1 << 40),
            ] {
                let client = RawClient(port: server.port)
                client.write(
                    "PUT \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\nExpect: 100-continue\r\n\r\n")
                let all = client.rest()
                #expect(all.hasPrefix("HTTP/1.1 \(status) "), "\(all)")
                #expect(all.contains("Connection: close\r\n"))
            }
            let client = RawClient(port: server.port)
            client.write("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(client.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            client.write("ok")
            #expect(client.reply().hasSuffix("\r\n\r\nok"))
            server.stop()
        }
    }

    /// A client that only writes must still find the answer when it reads at last.
    @Test(arguments: ["Content-Length: 20000000", "Transfer-Encoding: chunked"])
    func refusalInTheMiddleOfAnUploadIsRead(framing: String) async throws {
        try await onThread {
            let early = Route(.put, "/early", operationID: "early", body: .stream(limit: 1 << 30)) { request, _ in
                var pieces = request.content.pieces()
                _ = try await pieces.next()
                return .text(422, "enough")
            }
            let server = try Self.server([Self.echo, early])
            for (line, status) in [("POST /echo", 413), ("PUT /early", 422)] {
                let client = RawClient(port: server.port)
                client.write("\(line) HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
                let piece = Array("4000\r\n".utf8) + Array(repeating: 0x41, count: 0x4000) + Array("\r\n".utf8)
                for _ in 0..<500 where !client.write(piece) { break }
                let all = client.rest()
                #expect(all.hasPrefix("HTTP/1.1 \(status) "), "\(line) \(all.prefix(200))")
            }
            server.stop()
        }
    }

    @Test func aClientThatLeavesEndsTheBody() async throws {
        try await onThread {
            let fault = Mutex<BodyFault?>(nil)
            let gate = WaitGate()
            let route = Route(.put, "/", operationID: "x", body: .stream(limit: 1 << 30)) { request, _ in
                var pieces = request.content.pieces()
                do {
                    while try await pieces.next() != nil {}
                } catch let caught as BodyFault {
                    fault.withLock { $0 = caught }
                    gate.open()
                    throw caught
                }
                return .text(200, "")
            }
            let server = try Self.server([route])
            do {
                let client = RawClient(port: server.port)
                client.write("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc")
            }
            gate.waitBlocking()
            #expect(fault.withLock { $0 } == .interrupted)
            server.stop()
        }
    }

    @Test func gzipBodiesAreUnpacked() async throws {
        try await onThread {
            let server = try Self.server([Self.echo, Self.upload])
            let text = Array(repeating: Array("a line of a file, ".utf8), count: 20_000).flatMap { $0 }
            let packed = try #require(Deflater.pack(text))
            let client = RawClient(port: server.port)
            let head = "HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length:"
            client.write("POST /echo \(head) \(packed.count)\r\n\r\n", packed)
            #expect(client.replyBody() == text)
            client.write("PUT /upload/x \(head) \(packed.count)\r\n\r\n", packed)
            #expect(client.replyBody() == Array("x \(text.count) true \(Self.sum(text))".utf8))
            let bomb = try #require(Deflater.pack(Array(repeating: 0, count: 64 << 20)))
            client.write("PUT /upload/x \(head) \(bomb.count)\r\n\r\n", bomb)
            #expect(client.reply().hasPrefix("HTTP/1.1 413 "))
            let other = RawClient(port: server.port)
            other.write("POST /echo \(head) 5\r\n\r\nplain")
            #expect(other.reply().hasPrefix("HTTP/1.1 400 "))
            other.write("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx")
            #expect(other.reply().hasPrefix("HTTP/1.1 415 "))
            server.stop()
        }
    }

    @Test func formsAreReadPartByPart() async throws {
        try await onThread {
            let route = Route(.post, "/form", operationID: "form", body: .stream(limit: 1 << 24)) { request, _ in
                guard var form = MultipartReader(request, maximumParts: 3) else { return .text(415, "no form") }
                var told = ""
                while let part = try await form.nextPart() {
                    var count = 0
                    while let piece = try await form.nextPiece() { count += piece.count }
                    told += "\(part.name)=\(count) "
                }
                return .text(200, told)
            }
            let server = try Self.server([route])
            func send(_ body: String) -> String {
                let client = RawClient(port: server.port)
                client.write(
                    "POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=\"b b\"\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                return client.reply()
            }
            let part =
                "--b b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + String(repeating: "x", count: 300_000)
            #expect(send("\(part)\r\n\(part)\r\n--b b--\r\n").hasSuffix("\r\n\r\na=300000 a=300000 "))
            #expect(send("\(part)\r\n\(part)\r\n\(part)\r\n\(part)\r\n--b b--\r\n").hasPrefix("HTTP/1.1 413 "))
            #expect(send("\(part)\r\n").hasPrefix("HTTP/1.1 400 "))
            server.stop()
        }
    }
}
