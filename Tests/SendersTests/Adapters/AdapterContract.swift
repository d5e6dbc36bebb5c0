import Domain
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// What every vendor's adapter has to pass, whatever its API looks like: replies become the right outcomes, what
/// is hostile ends in the right class, a recipient's text breaks out of nothing, callbacks are told from forged ones.
/// Runs through a real `HTTPProvider` against a real socket.
struct AdapterContract: Sendable {
    var kind: String
    /// The account's settings as members of a JSON object, without `base_url`: `"api_key":"k","from":"Herald"`.
    var settings: String
    /// The setting that says where the vendor stands.
    var place = "base_url"
    var codes: VendorCodes
    var batch: MessageBatch = testBatch(to: ["+6591234567"])
    /// Together they must show every kind of outcome that a reply can lead to.
    var replies: [ReplyCase]
    /// HTTP statuses whose usual meaning the vendor's documentation replaces; they stand in `replies` then.
    var ownStatuses: Set<Int> = []
    /// The vendor's API wants the recipient in the path.
    var recipientStandsInPath = false
    /// The vendor reports success without any reference.
    var acceptsSilence = false
    var receipts: [ReceiptCase] = []
    /// Answers requests that carry no message, such as for an access token; nil for the others.
    var aside: @Sendable (_ request: String) -> String? = { _ in nil }

    func check() async throws {
        #expect(ProviderCatalogue.kinds.contains(kind))
        #expect(codes.count > 0, "no table of the vendor's codes")
        checkSettings()
        try await checkReplies()
        try await checkStatuses()
        try await checkOddReplies()
        try await checkHostileMessage()
        try await checkNothingSent()
        try checkReceipts()
    }
}

/// A reply of the vendor, as its documentation has it, and what it means.
struct ReplyCase: Sendable {
    var name: String
    var status: Int
    /// Whole lines, each with its line end.
    var headers = ""
    var body: String
    var outcomes: [Outcome]
    /// Instead of the contract's.
    var batch: MessageBatch?

    init(
        _ name: String, _ status: Int, _ body: String, _ outcomes: Outcome..., headers: String = "",
        batch: MessageBatch? = nil
    ) {
        self.name = name
        self.status = status
        self.headers = headers
        self.body = body
        self.outcomes = outcomes
        self.batch = batch
    }
}

/// A callback of the vendor, and what must come of it.
struct ReceiptCase: Sendable {
    var name: String
    var callback: ProviderCallback
    var now: Timestamp = Timestamp(micros: 1_700_000_000_000_000)
    var verdict = CallbackVerdict.genuine
    var events: [ReceiptEvent] = []
    /// A single changed byte must be noticed. False only where the vendor signs nothing.
    var isSigned = true
}

// MARK: a far end

extension AdapterContract {
    struct Exchange: Sendable {
        var outcomes: [Outcome]
        /// Those that carry messages.
        var requests: [String]
    }

    /// Sends a batch to a far end that does as the closure says with each request.
    func exchange(
        _ batch: MessageBatch? = nil, settings more: String = "", witness: TestWitness = TestWitness(),
        _ answer: @escaping @Sendable (RawConnection) -> Void
    ) async throws -> Exchange {
        let requests = Mutex<[String]>([])
        let aside = aside
        let server = try RawServer { connection in
            while let request = connection.request() {
                if let body = aside(request) {
                    connection.answer(body, headers: "Content-Type: application/json\r\n")
                } else {
                    requests.withLock { $0.append(request) }
                    answer(connection)
                }
            }
        }
        defer { server.stop() }
        let loops = try SenderLoops()
        defer { loops.stop() }
        let provider = try ProviderCatalogue.make(
            kind: kind, name: "contract", settings: json("http://127.0.0.1:\(server.port)", more, Patience.http()),
            runtime: SenderRuntime(loops: loops))
        let outcomes = await provider.send(batch ?? self.batch, witness: witness)
        return Exchange(outcomes: outcomes, requests: requests.withLock { $0 })
    }

    func exchange(_ reply: ReplyCase) async throws -> Exchange {
        try await exchange(reply.batch) {
            $0.answer(status: reply.status, reply.body, headers: reply.headers)
        }
    }

    func json(_ base: String, _ more: String = "", _ patience: String = "") -> String {
        "{"
            + [settings, more, #""internal":true,"\#(place)":"\#(base)""#].filter { !$0.isEmpty }.joined(separator: ",")
            + patience + "}"
    }
}
