import Foundation
import HTTPServer
import Synchronization
import TestSupport

@testable import Gateway

/// The bench behind a real server, asked by curl. The server believes curl what a proxy would say, so that a request
/// counts as one over TLS from somewhere else.
struct ServedBench {
    struct Answer: Sendable {
        let status: Int
        let head: String
        let body: String
    }

    private final class Log: Sendable {
        let records = Mutex<[AccessRecord]>([])
    }

    static let proxied = ["-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-For: 198.51.100.7"]
    private let log = Log()
    private let server: HTTPServer

    /// What was told of the requests that have ended; complete once the server is stopped.
    var records: [AccessRecord] { log.records.withLock { $0 } }

    init(_ bench: GatewayBench) throws {
        var options = HTTPServer.Options()
        options.proxies = ["127.0.0.1"].compactMap { IPNetwork($0) }
        let requests = HTTPMetrics(bench.metrics, operations: bench.router.routes.map(\.operationID))
        options.log = { [log] record in
            requests.note(record)
            log.records.withLock { $0.append(record) }
        }
        server = try HTTPServer(options, plan: bench.plan)
        HTTPMetrics.register(in: bench.metrics, server)
    }

    func curl(_ path: String, _ words: [String] = proxied, key: String? = nil, body: String? = nil) async throws
        -> Answer
    {
        let file = FileManager.default.temporaryDirectory.appending(path: "served-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let sent = body == nil ? [] : ["--data-binary", "@-", "-H", "Content-Type: application/json"]
        let process = try ChildProcess(
            "/usr/bin/curl",
            ["-si", "--max-time", "60"] + words + (key.map { ["-H", "Authorization: Bearer \($0)"] } ?? []) + sent
                + ["http://127.0.0.1:\(server.port)\(path)"],
            environment: [:], input: body == nil ? .nothing : .pipe, output: .file(file.path))
        if let body { process.write(Array(body.utf8)) }
        process.closeInput()
        _ = await process.end()
        // An interim answer may stand before.
        var text = Substring(String(decoding: try Data(contentsOf: file), as: UTF8.self))
        while text.hasPrefix("HTTP/1.1 100 "), let end = text.range(of: "\r\n\r\n") { text = text[end.upperBound...] }
        let end = text.range(of: "\r\n\r\n")
        return Answer(
            status: Int(text.dropFirst(9).prefix(3)) ?? 0, head: String(text[..<(end?.lowerBound ?? text.endIndex)]),
            body: end.map { String(text[$0.upperBound...]) } ?? "")
    }

    func stop() async {
        let server = server
        await withCheckedContinuation { done in
            Thread.detachNewThread {
                server.stop()
                done.resume()
            }
        }
    }
}
