import Domain
import Ingest
import Senders
import Storage

@testable import Jobs

/// A tenant's messages as the gateway hands them to the accept queue, on a `WorkerBench`.
struct GatewayBench {
    let bench: WorkerBench
    let key: TenantKey
    let content: StreamContent
    var streams: StreamStore { StreamStore(database: bench.database) }

    init(ordered: Bool = false) async throws {
        bench = try await WorkerBench()
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        key = try await parties.key(of: bench.tenant.id)
        content = try StreamContent(
            try await parties.addTemplate(
                tenant: bench.tenant.id, name: "code", channel: .sms,
                content: #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Your code is {{ code }}"}}}"#
            ), ordered: ordered)
        _ = try await bench.ledger.currentSlice()
    }

    func stream(_ category: Domain.Category = .otp, priority: Priority? = nil) -> MessageStream {
        MessageStream(
            key: StreamKey(
                tenant: bench.tenant.id, source: nil, template: content.template.id, channel: .sms, category: category,
                priority: priority ?? category.defaultPriority, columns: content.columns, name: "api code"),
            content: content, store: streams)
    }

    func message(
        _ stream: MessageStream, to index: Int, code: String = "1234", dueAt: Timestamp? = nil,
        expiry: Submission.Expiry = .after(.seconds(600)), dedupe: Submission.Dedupe? = nil,
        note: Submission.Note? = nil
    ) throws -> Submission.Message {
        let address = Array(WorkerBench.number(index).utf8)
        var data = JSONObject()
        data["code"] = .string(code)
        return Submission.Message(
            stream: stream, address: address, region: Region("SG") ?? .none,
            hash: key.recipients.recipient(.phone, address.span), cells: try content.cells(data, locale: ""),
            dueAt: dueAt, expiry: expiry, dedupe: dedupe, note: note)
    }

    /// Answers with the verdicts as they are written here: `+id` for what is sent, `=id` for a repetition.
    func submission(_ messages: [Submission.Message], key: IdempotencyKey? = nil) -> Submission {
        Submission(tenant: bench.tenant.id, source: nil, key: key, messages: messages) { verdicts in
            let words = verdicts.map { verdict in
                switch verdict {
                case .accepted(let id): "+\(id.rawValue)"
                case .repeated(let id): "=\(id.rawValue)"
                }
            }
            return StoredAnswer(status: 202, body: Array(words.joined(separator: " ").utf8))
        }
    }

    func queue(_ lane: (any SendingLane)?, name: String = "accept") -> AcceptQueue {
        let key = key
        return AcceptQueue(store: AcceptStore(database: bench.database, name: name), lane: lane) { _ in key }
    }

    /// An accept queue beside a worker, while the body runs.
    func with<T: Sendable>(_ worker: Worker, body: @Sendable (AcceptQueue) async throws -> T) async throws -> T {
        let queue = queue(worker)
        let committing = Task { await queue.run() }
        let working = Task { try await worker.run() }
        let result: Result<T, any Error>
        do {
            try await bench.eventually { worker.turn() != nil }
            result = .success(try await body(queue))
        } catch { result = .failure(error) }
        queue.close()
        await committing.value
        worker.drain()
        try await working.value
        return try result.get()
    }
}

extension Acceptance {
    /// The numbers in an answer of `GatewayBench`.
    var ids: [MessageID] {
        guard case .accepted(let answer) = self else { return [] }
        return String(decoding: answer.body, as: UTF8.self).split(separator: " ")
            .compactMap { Int64($0.dropFirst()) }.map { MessageID(rawValue: $0) }
    }
}
