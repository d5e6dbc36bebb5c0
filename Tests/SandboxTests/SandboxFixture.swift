import Domain
import Foundation
import Glibc
import Sandbox
import Senders
import TestSupport

/// A sandbox server and a curl loop for one test, stopped when the test is over.
struct SandboxFixture {
    let server: SandboxServer
    let loop: CurlLoop

    static func run<T>(
        _ options: SandboxOptions = SandboxOptions(), _ test: (SandboxFixture) async throws -> T
    ) async throws -> T {
        var options = options
        options.port = 0
        let fixture = SandboxFixture(server: try SandboxServer(options), loop: try CurlLoop())
        defer { fixture.stop() }
        return try await test(fixture)
    }

    private func stop() {
        loop.stop()
        server.stop()
    }

    /// Long enough for any machine to answer in.
    static let patience = Patience.milliseconds
    /// For those who never answer, at first: `withGrowingTimeOut`.
    static let impatience = 300

    /// Sends a message to each recipient with the given time-out.
    func send(
        to recipients: [String], timeout: Int = patience, settings: String = "", attempt: Int16 = 1, firstID: Int64 = 1
    ) async throws -> [Outcome] {
        let config = try HTTPProviderConfig(
            json: #"""
                {"internal":true,"url":"http://127.0.0.1:\#(server.port)/send","timeout_ms":\#(timeout)\#(Patience.http(besides: #""timeout_ms""#)),"reference":"reference",
                "cost":{"field":"price","currency_field":"currency"},"max_reply_bytes":10000,
                "json":{"id":"{{id}}","to":"{{to}}","text":"{{text}}","attempt":"{{attempt}}","segments":"{{segments}}"}\#(settings)}
                """#)
        let provider = HTTPProvider(name: "http", config: config, loop: loop)
        var batch = MessageBatch(channel: .sms, category: .otp)
        for (index, recipient) in recipients.enumerated() {
            let start = batch.bytes.count
            batch.bytes += Array(recipient.utf8)
            let to = FieldRange(start: start, count: recipient.utf8.count)
            batch.messages.append(
                MessageBatch.Message(
                    id: MessageID(rawValue: firstID + Int64(index)), attempt: attempt, region: .none, segments: 2,
                    to: to,
                    subject: .empty, text: to, rich: .empty))
        }
        return await provider.send(batch) { true }
    }

    /// Whoever is late, drips or hangs does so for longer than anybody waits.
    static var withoutEnd: SandboxOptions {
        var options = SandboxOptions()
        options.faults.hang = .seconds(3600)
        options.faults.lateness = .seconds(3600)
        options.faults.dripInterval = .seconds(60)
        return options
    }

    /// Sends one message to somebody who never answers, so that it has certainly left.
    func sendInVain(to recipient: String, id: Int64) async throws -> Outcome {
        try await withGrowingTimeOut(from: Self.impatience, until: { $0.kind == .inDoubt }) {
            try await send(to: [recipient], timeout: $0, firstID: id)[0]
        }
    }

    /// One request over a bare socket: the whole reply, or "" where there was none.
    func call(_ method: String, _ path: String, _ body: String = "", headers: String = "") -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = server.port.bigEndian
        withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        _ = Glibc.send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        var bytes: [UInt8] = []
        var piece = Array(repeating: UInt8(0), count: 65536)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: piece[..<count])
        }
    }

    static func temporaryFile() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("herald-\(UUID().uuidString).ndjson").path
    }

    struct Line: Decodable {
        var n: Int
        var at: String
        var id: String
        var key: String
        var to: String
        var attempt: Int
        var answered: String
        var taken: Bool
        var reference: String
    }

    static func lines(_ path: String) throws -> [Line] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { $0.hasSuffix("}") }
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }
}
