import Domain
import Synchronization
import TestSupport

@testable import Senders

/// A vendor's adapter behind a real provider, against a server of bare sockets that answers as it is told.
struct VendorRun {
    struct Answer: Sendable {
        var status = 200
        var headers = ""
        var body = ""
    }

    var outcomes: [Outcome] = []
    var requests: [String] = []

    var outcome: Outcome? { outcomes.first }

    /// `settings` are the adapter's, as JSON without the braces; `base_url` is the server's.
    static func send<A: VendorAdapter>(
        _ type: A.Type, _ settings: (_ port: UInt16) -> String, _ batch: MessageBatch,
        answer: @escaping @Sendable (String) -> Answer
    ) async throws -> VendorRun {
        try await run(type, settings, answer: answer) { provider in await provider.send(batch) { true } }
    }

    static func run<A: VendorAdapter>(
        _ type: A.Type, _ settings: (_ port: UInt16) -> String, answer: @escaping @Sendable (String) -> Answer,
        _ work: (HTTPProvider) async -> [Outcome]
    ) async throws -> VendorRun {
        try await run(settings, answer: answer, adapter: { try A(json: $0) }, work)
    }

    static func run(
        _ settings: (_ port: UInt16) -> String, answer: @escaping @Sendable (String) -> Answer,
        adapter: (String) throws -> any HTTPAdapter, _ work: (HTTPProvider) async -> [Outcome]
    ) async throws -> VendorRun {
        let seen = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.request() {
                seen.withLock { $0.append(request) }
                let answer = answer(request)
                connection.answer(status: answer.status, answer.body, headers: answer.headers)
            }
        }
        let loop = try CurlLoop()
        let made = Result { try adapter("{\(settings(server.port)),\"internal\":true\(Patience.http())}") }
        var run = VendorRun()
        if case .success(let adapter) = made {
            let provider = HTTPProvider(name: "test", adapter: adapter, loop: loop)
            run.outcomes = await work(provider)
        }
        loop.stop()
        server.stop()
        _ = try made.get()
        run.requests = seen.withLock { $0 }
        return run
    }

    static func body(_ request: String) -> String {
        String(request[(request.firstRange(of: "\r\n\r\n")?.upperBound ?? request.endIndex)...])
    }

    static func line(_ request: String) -> Substring { request.prefix { $0 != "\r" && $0 != "\r\n" } }

    static func header(_ name: String, of request: String) -> String? {
        request.split(separator: "\r\n").dropFirst().first { $0.lowercased().hasPrefix(name + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }
}

/// The settings' error, for tests of what people read.
func configError<A: VendorAdapter>(_ type: A.Type, _ json: String) -> String {
    do throws(ConfigError) {
        _ = try A(json: json)
        return "no error"
    } catch { return error.description }
}

/// A text as a value of JSON, its quotes included.
func quoted(_ text: String) -> String { JSON.string(text).text }
