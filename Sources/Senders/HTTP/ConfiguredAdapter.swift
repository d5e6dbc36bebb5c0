import Domain

/// An HTTP API as its configuration describes it: the provider kind `http`.
struct ConfiguredAdapter: HTTPAdapter {
    private let config: HTTPProviderConfig

    init(_ config: HTTPProviderConfig) { self.config = config }

    var transport: HTTPTransport { config.transport }

    func write(_ request: inout HTTPRequest, for places: Range<Int>, of source: RequestSource) {
        let message = source.batch.messages[places.lowerBound]
        config.url.fill(&request.url, message, source)
        for header in config.headers {
            request.headerLine { line in
                line.append(header.line)
                header.value.fill(&line, message, source)
            }
        }
        config.body?.fill(&request.body, message, source)
    }

    func read(_ reply: borrowing HTTPReply, for places: Range<Int>, of source: RequestSource) -> [Outcome] {
        if reply.isCut {
            return [config.rules.outcome(status: reply.status, body: nil, retryAfter: reply.retryAfter)]
        }
        let (status, wait) = (reply.status, reply.retryAfter)
        return [reply.withBody { config.rules.outcome(status: status, body: $0, retryAfter: wait) }]
    }
}
