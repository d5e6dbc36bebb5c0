import Domain
private import Synchronization

/// One request that carries no message, such as for an access token, over the same loop as all others.
enum HTTPFetch {
    struct Answer: Sendable {
        /// 0 where no reply came.
        var status = 0
        var retryAfter: Duration?
        var body: [UInt8] = []
        /// What went wrong where no reply came.
        var problem = ""
    }

    static func send(
        _ transport: HTTPTransport, over loop: CurlLoop, write: @escaping @Sendable (inout HTTPRequest) -> Void
    ) async -> Answer {
        let adapter = FetchAdapter(transport: transport, writer: write)
        let endpoint = HTTPEndpoint(adapter)
        var batch = MessageBatch(channel: .push, category: .transactional)
        batch.messages = [
            MessageBatch.Message(
                id: MessageID(rawValue: 0), attempt: 1, region: .none, segments: 0, to: .empty, subject: .empty,
                text: .empty, rich: .empty)
        ]
        let source = RequestSource(batch, keySuffix: [])
        let outcomes = await withCheckedContinuation { continuation in
            loop.submit(
                .send(HTTPJob(endpoint: endpoint, source: source, witness: FreeWitness(), continuation: continuation)))
        }
        loop.submit(.forget(endpoint))
        var answer = adapter.answer.withLock { $0 }
        if answer.status == 0, let outcome = outcomes.first { answer.problem = outcome.reason }
        return answer
    }
}

private final class FetchAdapter: HTTPAdapter {
    let transport: HTTPTransport
    let writer: @Sendable (inout HTTPRequest) -> Void
    let answer = Mutex(HTTPFetch.Answer())

    init(transport: HTTPTransport, writer: @escaping @Sendable (inout HTTPRequest) -> Void) {
        self.transport = transport
        self.writer = writer
    }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) { writer(&request) }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        let found = HTTPFetch.Answer(status: reply.status, retryAfter: reply.retryAfter, body: reply.body)
        answer.withLock { $0 = found }
        return [.sent(reference: "", cost: nil)]
    }
}

/// For what carries no message.
private struct FreeWitness: CallWitness {
    func leave() -> CallLeave { .granted }
    func began() {}
    func ended(_ call: ProviderCall) {}
}
