import Domain
import HTTPServer

/// SendGrid's v3 mail send: up to 1,000 personalizations a request, each with its recipients; one answer for all.
struct SendGridForm: WireForm {
    private static let most = 1000

    /// Nil for other paths.
    init?(_ request: HTTPRequest) {
        guard request.method == "POST", request.path == "/v3/mail/send" else { return nil }
    }

    func calls(_ request: HTTPRequest) -> Result<[SandboxCall], WireRefusal> {
        guard request.headers["authorization"]?.hasPrefix("Bearer ") == true else {
            return refuse(401, "The provided authorization grant is invalid, expired, or revoked", nil)
        }
        guard let mail = try? JSON.parse(request.body) else { return refuse(400, "Bad Request", nil) }
        guard let groups = mail["personalizations"]?.arrayValue, !groups.isEmpty else {
            return refuse(
                400, "The personalizations field is required and must have at least one personalization.",
                "personalizations")
        }
        guard groups.count <= Self.most else {
            return refuse(400, "There must be no more than 1000 personalizations.", "personalizations")
        }
        guard mail["from"]?["email"]?.stringValue?.contains("@") == true else {
            return refuse(400, "The from object must be provided for every email send.", "from.email")
        }
        guard mail["template_id"] != nil || mail["content"]?.arrayValue?.isEmpty == false else {
            return refuse(400, "Unless a valid template_id is provided, the content parameter is required.", "content")
        }
        var calls: [SandboxCall] = []
        for (place, group) in groups.enumerated() {
            guard let people = group["to"]?.arrayValue, !people.isEmpty else {
                return refuse(
                    400, "The to array is required for all personalization objects, and must have at least one email.",
                    "personalizations.\(place).to")
            }
            guard mail["template_id"] != nil || group["subject"] != nil || mail["subject"] != nil else {
                return refuse(400, "The subject is required.", "subject")
            }
            let id = group["custom_args"]?["herald_id"]?.stringValue ?? mail["custom_args"]?["herald_id"]?.stringValue
            for (number, person) in people.enumerated() {
                let field = "personalizations.\(place).to.\(number).email"
                guard let address = person["email"]?.stringValue, address.contains("@") else {
                    return refuse(400, "Does not contain a valid address.", field)
                }
                calls.append(SandboxCall(id: id ?? "", to: address, field: field))
            }
        }
        return .success(calls)
    }

    /// In the look of SendGrid's: 22 characters.
    func reference(_ number: UInt64) -> [UInt8] {
        let digits = String(number, radix: 36)
        return Array(("sandbox" + String(repeating: "0", count: 15 - digits.count) + digits).utf8)
    }

    func accepted(_ first: SandboxCall, reference: [UInt8], price: Money?) -> HTTPResponse {
        HTTPResponse(status: 202, headers: [("X-Message-Id", String(decoding: reference, as: UTF8.self))])
    }

    func refused(_ reason: WireReason, _ call: SandboxCall) -> HTTPResponse {
        switch reason {
        case .recipient: error(400, "Does not contain a valid address.", call.field)
        case .unavailable: error(503, "Service unavailable", nil)
        case .broken: error(500, "Internal server error", nil)
        case .throttled: error(429, "too many requests", nil)
        }
    }

    private func refuse(_ status: Int, _ message: String, _ field: String?) -> Result<[SandboxCall], WireRefusal> {
        .failure(WireRefusal(response: error(status, message, field)))
    }

    private func error(_ status: Int, _ message: String, _ field: String?) -> HTTPResponse {
        .json(
            status: status,
            [
                "errors": [
                    ["message": .string(message), "field": field.map { .string($0) } ?? .null, "help": .null]
                ]
            ])
    }
}
