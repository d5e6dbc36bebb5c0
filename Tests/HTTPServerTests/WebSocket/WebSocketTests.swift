import Crypto
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct WebSocketTests {
    private static let route = Route(.get, "/socket", operationID: "socket") { request, _ in
        .webSocket(request) { socket in
            while let text = await socket.next() {
                switch String(decoding: text, as: UTF8.self) {
                case "burst":
                    let tail = String(repeating: "y", count: 100)
                    for number in 0..<1000 { socket.send(Array("\(number) \(tail)".utf8)) }
                case "close": socket.close(4000)
                default: socket.send(text)
                }
            }
        }
    }

    private static let seen = [
        "echo True", "echo True", "echo True", "echo True", "fragments abc", "pong", "burst True",
        "closed by server 4000", "closed by client 4001", "too big 1009", "binary 1003", "many 50",
    ]

    @Test(arguments: [false, true]) func aStockClientIsUnderstood(isSecure: Bool) async throws {
        try await onThread {
            try Program.withFolder { folder in
                let certificate = try DevelopmentCertificate()
                try certificate.write(certificatePath: folder + "/cert.pem", keyPath: folder + "/key.pem")
                let pair = try ServerCertificate(certificate: certificate.certificate, key: certificate.key)
                let server = try RouteServerTests.server([Self.route]) { if isSecure { $0.certificate = pair } }
                let url = "\(isSecure ? "wss" : "ws")://localhost:\(server.port)/socket"
                let result = try Program.script("websocket_client.py", [url] + (isSecure ? [folder + "/cert.pem"] : []))
                #expect(result.output.split(separator: "\n").map(String.init) == Self.seen)
                // The sockets that broke off are noticed, and nothing hangs.
                server.stop()
                #expect(server.connectionCount == 0)
            }
        }
    }

    @Test func drainingSaysGoodbye() async throws {
        try await onThread {
            let opened = WaitGate()
            let ended = WaitGate()
            let route = Route(.get, "/", operationID: "x") { request, _ in
                .webSocket(request) { socket in
                    opened.open()
                    while await socket.next() != nil {}
                    ended.open()
                }
            }
            let server = try RouteServerTests.server([route])
            let client = RawClient(port: server.port)
            client.write(
                "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            // The answer that the standard itself gives as its example.
            #expect(client.head().contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            opened.waitBlocking()
            let stopping = WaitGate()
            let thread = Task.detached {
                await stopping.wait()
                server.stop(grace: .seconds(30))
            }
            stopping.open()
            // Close frame, two bytes: going away. The server waits for the same from here.
            #expect(client.bytes(4) == [0x88, 2, 3, 0xE9])
            client.write([0x88, 0x82, 0, 0, 0, 0, 3, 0xE9])
            #expect(client.rest().isEmpty)
            ended.waitBlocking()
            _ = thread
        }
    }

    @Test(arguments: [
        "", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ]) func otherRequestsAreToldSo(fields: String) async throws {
        try await onThread {
            let server = try RouteServerTests.server([Self.route])
            let client = RawClient(port: server.port)
            client.write("GET /socket HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
            #expect(client.reply().hasPrefix("HTTP/1.1 426 "))
            server.stop()
        }
    }

    @Test func oneMoreThanThereMayBeIsRefused() async throws {
        try await onThread {
            let server = try RouteServerTests.server([Self.route]) { $0.maxWebSockets = 1 }
            let request =
                "GET /socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            let first = RawClient(port: server.port)
            first.write(request)
            #expect(first.head().hasPrefix("HTTP/1.1 101 "))
            // What it says is answered: so it was handed over.
            first.write([0x81, 0x81, 0, 0, 0, 0, 0x61])
            #expect(first.bytes(3) == [0x81, 1, 0x61])
            let second = RawClient(port: server.port)
            second.write(request)
            let answer = second.reply()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: "))
            server.stop()
        }
    }
}
