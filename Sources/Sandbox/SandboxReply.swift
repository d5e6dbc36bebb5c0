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

    init(_ decision: SandboxState.Decision, _ wire: WireAnswers, retryAfter: Duration, delays: DelayQueue) {
        let accepted = wire.accepted
        switch decision.verdict {
        case .accepted: self = .respond(accepted)
        case .permanent: self = .respond(wire.refused(.recipient))
        case .temporary, .temporaryOnce: self = .respond(wire.refused(.unavailable))
        case .serverError: self = .respond(wire.refused(.broken))
        case .throttled, .throttledOnce:
            var response = wire.refused(.throttled)
            let seconds = retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0)
            response.headers.append(("Retry-After", String(seconds)))
            self = .respond(response)
        case .redirect:
            self = .respond(HTTPResponse(status: 302, headers: [("Location", "/elsewhere")]))
        case .inDoubt: self = .drop
        case .hang: self = .hold(decision.faults.hang)
        case .late: self = .respondLate(accepted, after: decision.faults.lateness)
        case .garbage: self = .respond(HTTPResponse(status: 200, body: .bytes(Array("<html>It works!".utf8))))
        case .truncated:
            self = .respond(
                .json(status: accepted.status, Array(accepted.wholeBody.prefix(accepted.wholeBody.count / 2))))
        case .reset:
            let body = accepted.bodyToBreak
            self = .respond(Self.streamed(accepted, CutBody(Array(body.prefix(body.count / 2))), body.count))
        case .drip:
            let body = accepted.bodyToBreak
            let drip = DripBody(body, interval: decision.faults.dripInterval, delays: delays)
            self = .respond(Self.streamed(accepted, drip, body.count))
        case .oversize:
            self = .respond(
                .json(
                    status: accepted.status,
                    Array(repeating: 0x20, count: decision.faults.oversize) + accepted.wholeBody))
        }
    }

    private static func streamed(_ accepted: HTTPResponse, _ stream: any BodyStream, _ length: Int) -> HTTPResponse {
        var response = accepted
        response.body = .stream(stream, length: length)
        return response
    }
}

extension HTTPResponse {
    fileprivate var wholeBody: [UInt8] {
        if case .bytes(let bytes) = body { bytes } else { [] }
    }

    /// A vendor may say all in a header: then there are spaces to drip or to break off in.
    fileprivate var bodyToBreak: [UInt8] { wholeBody.isEmpty ? Array(repeating: 0x20, count: 40) : wholeBody }
}
