import Synchronization
import Testing

@testable import HTTPServer

@Suite struct StreamTests {
    @Test func chunksComeAtTheClientsPace() async throws {
        try await onThread {
            let written = Mutex(0)
            let route = Route(.get, "/{length}", operationID: "x") { _, parameters in
                let length = parameters["length"].flatMap { Int($0) }
                return .chunks(headers: [("Content-Type", "text/plain")], length: length) { writer in
                    for number in 0..<1000 {
                        try await writer.write(Array(repeating: UInt8(truncatingIfNeeded: number), count: 20_000))
                        written.withLock { $0 = number + 1 }
                    }
                }
            }
            let server = try RouteServerTests.server([route])
            let client = RawClient(port: server.port)
            client.write("GET /20000000 HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.bytes(15) == Array("HTTP/1.1 200 OK".utf8))
            // It is far from done: the rest waits until it is read.
            #expect(written.withLock { $0 } < 1000)
            _ = client.head()
            let body = client.bytes(20_000_000)
            #expect(body.count == 20_000_000 && body[19_999_999] == UInt8(truncatingIfNeeded: 999) && body[20_000] == 1)
            client.write("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let chunked = client.rest()
            #expect(chunked.contains("Transfer-Encoding: chunked\r\n") && chunked.hasSuffix("\r\n0\r\n\r\n"))
            server.stop()
        }
    }

    private struct Broken: Error {}

    @Test func aBrokenStreamIsNotTakenForAWholeOne() async throws {
        try await onThread {
            let route = Route(.get, "/", operationID: "x") { _, _ in
                .chunks(headers: []) { writer in
                    try await writer.write([0x61])
                    throw Broken()
                }
            }
            let server = try RouteServerTests.server([route])
            let client = RawClient(port: server.port)
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(!client.rest().hasSuffix("0\r\n\r\n"))
            client.write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            server.stop()
        }
    }

    @Test func aClientThatLeavesStopsTheWriter() async throws {
        try await onThread {
            let ended = WaitGate()
            let route = Route(.get, "/", operationID: "x") { _, _ in
                .chunks(headers: []) { writer in
                    defer { ended.open() }
                    while true { try await writer.write(Array(repeating: 0x61, count: 1000)) }
                }
            }
            let server = try RouteServerTests.server([route])
            do {
                let client = RawClient(port: server.port)
                client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = client.bytes(1000)
            }
            ended.waitBlocking()
            #expect(ended.isOpen)
            server.stop()
        }
    }

    @Test func eventsAreSentAsTheyCome() async throws {
        try await onThread {
            let streams = Mutex<[EventStream]>([])
            let ended = WaitGate()
            let opened = WaitGate()
            let route = Route(.get, "/events", operationID: "events") { request, _ in
                let stream = EventStream(heartbeat: .milliseconds(200)) { ended.open() }
                stream.send(ServerSentEvent(id: "7", name: "hello", data: Array((request.lastEventID ?? "-").utf8)))
                streams.withLock { $0.append(stream) }
                opened.open()
                return stream.response
            }
            let server = try RouteServerTests.server([route])
            let client = RawClient(port: server.port)
            client.write("GET /events HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 6\r\n\r\n")
            let head = client.head()
            #expect(
                head.contains("Content-Type: text/event-stream\r\n") && head.contains("Cache-Control: no-store\r\n"))
            #expect(client.chunk() == "id: 7\nevent: hello\ndata: 6\n\n")
            opened.waitBlocking()
            let stream = try #require(streams.withLock { $0.first })
            #expect(client.chunk() == ":\n\n")
            #expect(stream.send(ServerSentEvent(data: Array("a\nb\r\nc\rd\n".utf8))))
            var text = ":\n\n"
            while text == ":\n\n" { text = client.chunk() }
            #expect(text == "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n")
            stream.finish()
            #expect(client.rest().hasSuffix("0\r\n\r\n") || client.isClosed(within: 0, dripping: ""))
            ended.waitBlocking()
            #expect(!stream.send(ServerSentEvent(data: [])))
            server.stop()
        }
    }

    @Test func whatTheClientDoesNotTakeIsBounded() {
        let stream = EventStream(limit: 1000)
        #expect(stream.send(ServerSentEvent(data: Array(repeating: 0x61, count: 900))))
        #expect(!stream.send(ServerSentEvent(data: Array(repeating: 0x61, count: 900))))
        #expect(!stream.send(ServerSentEvent(data: [])))
    }

    @Test func idsAndNamesKeepToTheirLine() {
        var bytes: [UInt8] = []
        ServerSentEvent(id: "1\ndata: x", name: "a\r\nb", data: []).append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "id: 1data: x\nevent: ab\ndata: \n\n")
    }

    @Test func textIsPackedWhereItIsTaken() async throws {
        try await onThread {
            let text = Array(repeating: Array(#"{"a":"row"},"#.utf8), count: 1000).flatMap { $0 }
            let server = try RouteServerTests.server([
                Route(.get, "/json", operationID: "json") { _, _ in .json(text) },
                Route(.get, "/small", operationID: "small") { _, _ in .json([0x7B, 0x7D]) },
                Route(.get, "/bytes", operationID: "bytes") { _, _ in HTTPResponse(status: 200, body: .bytes(text)) },
            ])
            let client = RawClient(port: server.port)
            func ask(_ path: String, _ accept: String) -> (head: String, body: [UInt8]) {
                client.write("GET \(path) HTTP/1.1\r\nHost: h\r\nAccept-Encoding: \(accept)\r\n\r\n")
                let head = client.head(keeping: true)
                return (head, client.replyBody())
            }
            let packed = ask("/json", "br;q=1, gzip;q=0.5")
            #expect(
                packed.head.contains("Content-Encoding: gzip\r\n") && packed.head.contains("Vary: Accept-Encoding\r\n"))
            let inflater = Inflater(limit: 1 << 20)
            inflater.feed(packed.body)
            #expect(try inflater.next() == text)
            for accept in ["gzip;q=0", "identity", "br"] { #expect(ask("/json", accept).body == text) }
            #expect(!ask("/small", "gzip").head.contains("Content-Encoding"))
            #expect(!ask("/bytes", "gzip").head.contains("Content-Encoding"))
            server.stop()
        }
    }
}
