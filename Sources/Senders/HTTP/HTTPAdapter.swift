import Domain

/// How one provider's HTTP API is spoken: how messages become a request, and a reply their outcomes. All
/// else (connections, time-outs, doubt, batches) is the provider's and the loop's.
///
/// `write` and `read` run on the loop's thread and must not wait.
protocol HTTPAdapter: Sendable {
    var transport: HTTPTransport { get }
    /// Messages that one request may carry.
    var messagesPerRequest: Int { get }
    /// How many of a batch's messages the request that begins with this one carries, at most `messagesPerRequest`: fewer
    /// where not all fit together.
    func extent(from first: Int, of source: RequestSource) -> Int
    /// What a message ends as without a request, where it must not be asked of the provider at all.
    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome?
    /// What requests need and what has to be fetched first, such as an access token; nil where nothing is.
    var credentials: (any CredentialSource)? { get }
    /// Writes the request for some of a batch's messages.
    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource)
    /// What the reply means: one outcome for each of the messages, in order.
    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome]
    /// The reply said that the credentials are not (or no longer) good; they are fetched anew for the next batch.
    func refusesCredentials(_ reply: borrowing HTTPReply) -> Bool
}

extension HTTPAdapter {
    var messagesPerRequest: Int { 1 }
    func extent(from first: Int, of source: RequestSource) -> Int { messagesPerRequest }
    func refusal(_ message: MessageBatch.Message, of source: RequestSource) -> Outcome? { nil }
    var credentials: (any CredentialSource)? { nil }
    func refusesCredentials(_ reply: borrowing HTTPReply) -> Bool { reply.status == 401 }
}

/// Short-lived credentials that all batches of a provider share.
protocol CredentialSource: Sendable {
    /// Those at hand that are still good; nil where new ones have to be fetched.
    var held: [UInt8]? { get }
    /// The bytes for a request's header, fetched over the provider's own loop where need be; throws what all messages
    /// of the batch end as.
    func current(over loop: CurlLoop) async throws(CredentialFault) -> [UInt8]
    /// They were refused: the next call fetches new ones.
    func invalidate(_ used: [UInt8])
}

/// Why no credentials were to be had. Nothing was sent.
struct CredentialFault: Error, Sendable {
    let outcome: Outcome
    /// Of the refusal; 0 where no usable answer came.
    let status: Int

    init(_ outcome: Outcome, status: Int = 0) {
        self.outcome = outcome
        self.status = status
    }
}
