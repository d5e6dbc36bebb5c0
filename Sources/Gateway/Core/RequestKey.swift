import Crypto
import Domain
import HTTPServer
import Storage

/// The Idempotency-Key of a request. It counts for one operation of its source alone.
struct RequestKey: Sendable {
    private static let longest = 255

    let bytes: [UInt8]

    /// Nil where the request has none.
    init?(_ call: APICall, operation: String) throws(Problem) {
        guard let text = call.request.headers["idempotency-key"] else { return nil }
        guard !text.isEmpty, text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
            throw .invalid(
                "Idempotency-Key", "form", "The Idempotency-Key must be 1 to \(Self.longest) visible ASCII characters.")
        }
        let scope = "\(operation) \(call.caller.tenant) \(call.caller.source) \(call.caller.isTest) "
        bytes = Array(Digest.sha256(Array((scope + text).utf8)).prefix(16))
    }

    /// `body`: the digest of what was asked.
    func with(body: [UInt8]) -> IdempotencyKey { IdempotencyKey(key: bytes, body: body) }

    /// What was answered under the key before, if anything was.
    func earlier(_ call: APICall) async throws -> AcceptStore.Earlier? {
        try await StreamStore(database: call.database).earlier(bytes)
    }
}

extension KeyedOutcome {
    func response() throws(Problem) -> HTTPResponse {
        switch self {
        case .done(let answer): return .json(status: answer.status, answer.body)
        case .answeredBefore(let answer):
            return HTTPResponse.json(status: answer.status, answer.body).adding([("Idempotent-Replay", "true")])
        case .keyHasOtherBody:
            throw Problem(
                .keyHasOtherBody, "The key was used before, with another body. Take a new one for a new request.")
        case .keyIsBusy:
            throw Problem(.keyIsBusy, "Wait for its answer, or ask again in a moment.", retryAfter: .seconds(1))
        }
    }
}

extension AcceptStore.Earlier {
    /// The answer for a request with this body.
    func outcome(for body: [UInt8]) -> KeyedOutcome { key.body == body ? .answeredBefore(answer) : .keyHasOtherBody }
}
