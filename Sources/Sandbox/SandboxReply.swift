import Domain
import HTTPServer
import Senders

/// What a decision looks like on the wire.
enum SandboxReply {
    case respond(HTTPResponse)
    /// Close without an answer.
    case drop
    /// Hold the connection for so long, then close it.
    case hold(Duration)
    case respondLate(HTTPResponse, after: Duration)

    init(_ decision: SandboxState.Decision, price: Money?, retryAfter: Duration, delays: DelayQueue) {
        let accepted = Self.accepted(decision.reference, price)
        switch decision.verdict {
        case .accepted: self = .respond(.json(accepted))
        case .permanent:
            self = .respond(.json(status: 400, Self.refusal("rejected", "the recipient is refused for good")))
        case .temporary, .temporaryOnce:
            self = .respond(.json(status: 503, Self.refusal("unavailable", "try again later")))
        case .serverError:
            self = .respond(.json(status: 500, Self.refusal("error", "the sandbox broke, as it was asked to")))
        case .throttled, .throttledOnce:
            var response = HTTPResponse.json(status: 429, Self.refusal("throttled", "too many messages"))
            let seconds = retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0)
            response.headers.append(("Retry-After", String(seconds)))
            self = .respond(response)
        case .redirect:
            self = .respond(HTTPResponse(status: 302, headers: [("Location", "/elsewhere")]))
        case .inDoubt: self = .drop
        case .hang: self = .hold(decision.faults.hang)
        case .late: self = .respondLate(.json(accepted), after: decision.faults.lateness)
        case .garbage: self = .respond(HTTPResponse(status: 200, body: .bytes(Array("<html>It works!".utf8))))
        case .truncated: self = .respond(.json(Array(accepted.prefix(accepted.count / 2))))
        case .reset:
            self = .respond(Self.streamed(CutBody(Array(accepted.prefix(accepted.count / 2))), accepted.count))
        case .drip:
            let body = DripBody(accepted, interval: decision.faults.dripInterval, delays: delays)
            self = .respond(Self.streamed(body, accepted.count))
        case .oversize:
            self = .respond(.json(Array(repeating: 0x20, count: decision.faults.oversize) + accepted))
        }
    }

    private static func accepted(_ reference: UInt64, _ price: Money?) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(128)
        body.append("{\"reference\":\"")
        SandboxReference.append(reference, to: &body)
        body.append("\",\"status\":\"accepted\"")
        if let price {
            body.append(",\"price\":\"")
            body.append(contentsOf: PriceText.decimal(price.micros).utf8)
            body.append("\",\"currency\":\"")
            body.append(contentsOf: price.currency.code.utf8)
            body.append("\"")
        }
        body.append("}\n")
        return body
    }

    private static func refusal(_ status: StaticString, _ error: StaticString) -> [UInt8] {
        var body: [UInt8] = []
        body.append("{\"status\":\"")
        body.append(status)
        body.append("\",\"error\":\"")
        body.append(error)
        body.append("\"}\n")
        return body
    }

    private static func streamed(_ stream: any BodyStream, _ length: Int) -> HTTPResponse {
        HTTPResponse(
            status: 200, headers: [("Content-Type", "application/json")], body: .stream(stream, length: length))
    }
}
