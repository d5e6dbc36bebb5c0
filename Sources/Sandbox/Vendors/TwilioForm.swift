import Domain
import HTTPServer
import Senders

/// Twilio's REST API of 2010-04-01: messages and calls, one recipient a request. Prices are told later there, so none
/// stands in an answer.
struct TwilioForm: WireForm {
    private let account: String
    private let isCall: Bool
    private let fields: FormBody

    /// Nil for other paths.
    init?(_ request: HTTPRequest) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
        guard request.method == "POST", parts.count == 5, parts[1] == "2010-04-01", parts[2] == "Accounts",
            parts[4] == "Messages.json" || parts[4] == "Calls.json"
        else { return nil }
        account = String(parts[3])
        isCall = parts[4] == "Calls.json"
        fields = FormBody(request.body)
    }

    func calls(_ request: HTTPRequest) -> Result<[SandboxCall], WireRefusal> {
        guard request.headers["authorization"]?.hasPrefix("Basic ") == true else {
            return .failure(WireRefusal(response: error(401, 20003, "Authenticate")))
        }
        guard let to = fields["To"], !to.isEmpty else {
            return refuse(isCall ? 21201 : 21604, "A 'To' phone number is required.")
        }
        guard has("From") || has("MessagingServiceSid") && !isCall else {
            return refuse(isCall ? 21213 : 21603, "A 'From' phone number is required.")
        }
        let hasContent = isCall ? has("Twiml") || has("Url") : has("Body") || has("MediaUrl") || has("ContentSid")
        guard hasContent else {
            return refuse(isCall ? 21205 : 21602, isCall ? "Url parameter is required." : "Message body is required.")
        }
        // Our own id stands in no field of Twilio's, but in the address that it is to report to.
        let id = FormBody(query: fields["StatusCallback"] ?? "")["m"] ?? ""
        return .success([SandboxCall(id: id, to: to.hasPrefix("whatsapp:") ? String(to.dropFirst(9)) : to)])
    }

    func reference(_ number: UInt64) -> [UInt8] {
        let digits = String(number, radix: 16)
        return Array(((isCall ? "CA" : "SM") + String(repeating: "0", count: 32 - digits.count) + digits).utf8)
    }

    func accepted(_ first: SandboxCall, reference: [UInt8], price: Money?) -> HTTPResponse {
        let sid = String(decoding: reference, as: UTF8.self)
        let place = isCall ? "Calls" : "Messages"
        var answer: JSONObject = JSONObject()
        answer["sid"] = .string(sid)
        answer["account_sid"] = .string(account)
        answer["status"] = "queued"
        answer["to"] = .string(fields["To"] ?? "")
        answer["from"] = fields["From"].map { .string($0) } ?? .null
        answer["direction"] = "outbound-api"
        answer["price"] = .null
        answer["price_unit"] = "USD"
        answer["uri"] = .string("/2010-04-01/Accounts/\(account)/\(place)/\(sid).json")
        if !isCall {
            answer["body"] = .string(fields["Body"] ?? "")
            answer["messaging_service_sid"] = fields["MessagingServiceSid"].map { .string($0) } ?? .null
            answer["num_segments"] = "1"
            answer["error_code"] = .null
            answer["error_message"] = .null
        }
        return .json(status: 201, .object(answer))
    }

    func refused(_ reason: WireReason, _ call: SandboxCall) -> HTTPResponse {
        switch reason {
        case .recipient: error(400, 21211, "The 'To' number is not a valid phone number.")
        case .unavailable: error(503, 20503, "Service unavailable")
        case .broken: error(500, 20500, "Internal Server Error")
        case .throttled: error(429, 20429, "Too Many Requests")
        }
    }

    private func has(_ name: String) -> Bool { fields[name].map { !$0.isEmpty } ?? false }

    private func refuse(_ code: Int64, _ message: String) -> Result<[SandboxCall], WireRefusal> {
        .failure(WireRefusal(response: error(400, code, message)))
    }

    private func error(_ status: Int, _ code: Int64, _ message: String) -> HTTPResponse {
        .json(
            status: status,
            [
                "code": .int(code), "message": .string(message),
                "more_info": .string("https://www.twilio.com/docs/errors/\(code)"), "status": .int(Int64(status)),
            ])
    }
}
