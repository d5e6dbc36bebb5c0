import Domain
import HTTPServer
import Senders

/// The sandbox's own form: `{"id", "to", …}` in, `{"reference", "status", …}` out.
struct PlainForm: WireForm {
    func calls(_ request: HTTPRequest) -> Result<[SandboxCall], WireRefusal> {
        guard let call = SandboxCall(request) else {
            return .failure(
                WireRefusal(response: .text(400, "The body must be JSON or a form with at least \"to\".\n")))
        }
        return .success([call])
    }

    func reference(_ number: UInt64) -> [UInt8] {
        var text: [UInt8] = []
        SandboxReference.append(number, to: &text)
        return text
    }

    func accepted(_ first: SandboxCall, reference: [UInt8], price: Money?) -> HTTPResponse {
        var body: [UInt8] = []
        body.reserveCapacity(128)
        body.append("{\"reference\":\"")
        body.append(contentsOf: reference)
        body.append("\",\"status\":\"accepted\"")
        if let price {
            body.append(",\"price\":\"")
            body.append(contentsOf: PriceText.decimal(price.micros).utf8)
            body.append("\",\"currency\":\"")
            body.append(contentsOf: price.currency.code.utf8)
            body.append("\"")
        }
        body.append("}\n")
        return .json(body)
    }

    func refused(_ reason: WireReason, _ call: SandboxCall) -> HTTPResponse {
        switch reason {
        case .recipient: Self.refusal(400, "rejected", "the recipient is refused for good")
        case .unavailable: Self.refusal(503, "unavailable", "try again later")
        case .broken: Self.refusal(500, "error", "the sandbox broke, as it was asked to")
        case .throttled: Self.refusal(429, "throttled", "too many messages")
        }
    }

    private static func refusal(_ status: Int, _ word: StaticString, _ error: StaticString) -> HTTPResponse {
        var body: [UInt8] = []
        body.append("{\"status\":\"")
        body.append(word)
        body.append("\",\"error\":\"")
        body.append(error)
        body.append("\"}\n")
        return .json(status: status, body)
    }
}
