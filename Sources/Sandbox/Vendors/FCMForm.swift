import Domain
import HTTPServer

/// Firebase Cloud Messaging's v1 send. Our own id comes back out of the notification's tag.
struct FCMForm: WireForm {
    private let project: String

    /// Nil for other paths.
    init?(_ request: HTTPRequest) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
        guard request.method == "POST", parts.count == 5, parts[1] == "v1", parts[2] == "projects",
            parts[4] == "messages:send"
        else { return nil }
        project = String(parts[3])
    }

    func calls(_ request: HTTPRequest) -> Result<[SandboxCall], WireRefusal> {
        guard GoogleTokens.isGiven(request.headers["authorization"]) else {
            return refuse(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", nil)
        }
        guard let message = (try? JSON.parse(request.body))?["message"] else {
            return refuse(400, "INVALID_ARGUMENT", "Invalid JSON payload received.", nil)
        }
        guard let token = message["token"]?.stringValue, !token.isEmpty else {
            return refuse(
                400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token",
                "INVALID_ARGUMENT")
        }
        for (name, value) in message["data"]?.objectValue ?? JSONObject() where value.stringValue == nil {
            return refuse(400, "INVALID_ARGUMENT", "Invalid value at 'message.data[\(name)]' (TYPE_STRING)", nil)
        }
        let key = message["android"]?["notification"]?["tag"]?.stringValue ?? ""
        return .success([SandboxCall(id: String(key.prefix { $0 != "-" }), to: token, key: key)])
    }

    func reference(_ number: UInt64) -> [UInt8] { Array("projects/\(project)/messages/0:\(number)%sandbox".utf8) }

    func accepted(_ first: SandboxCall, reference: [UInt8], price: Money?) -> HTTPResponse {
        .json(["name": .string(String(decoding: reference, as: UTF8.self))])
    }

    func refused(_ reason: WireReason, _ call: SandboxCall) -> HTTPResponse {
        switch reason {
        case .recipient: error(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED")
        case .unavailable: error(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE")
        case .broken: error(500, "INTERNAL", "Internal error encountered.", "INTERNAL")
        case .throttled: error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", "QUOTA_EXCEEDED")
        }
    }

    private func refuse(
        _ status: Int, _ word: String, _ message: String, _ code: String?
    ) -> Result<[SandboxCall], WireRefusal> {
        .failure(WireRefusal(response: error(status, word, message, code)))
    }

    private func error(_ status: Int, _ word: String, _ message: String, _ code: String?) -> HTTPResponse {
        var error: JSONObject = JSONObject()
        error["code"] = .int(Int64(status))
        error["message"] = .string(message)
        error["status"] = .string(word)
        if let code {
            error["details"] = [
                ["@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": .string(code)]
            ]
        }
        return .json(status: status, ["error": .object(error)])
    }
}
