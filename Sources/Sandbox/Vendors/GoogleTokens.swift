import Domain
import HTTPServer
import Senders

/// Google's OAuth endpoint: gives an access token for anything that looks like a signed assertion.
enum GoogleTokens {
    private static let token = "ya29.sandbox"

    static func answer(_ request: HTTPRequest) -> HTTPResponse {
        let form = FormBody(request.body)
        guard request.method == "POST", form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" else {
            return refusal("unsupported_grant_type", "Invalid grant_type")
        }
        let parts = (form["assertion"] ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
            return refusal("invalid_grant", "Invalid JWT: it must have three parts")
        }
        return .json(["access_token": .string(token), "expires_in": 3599, "token_type": "Bearer"])
    }

    static func isGiven(_ authorization: String?) -> Bool { authorization == "Bearer \(token)" }

    private static func refusal(_ error: String, _ description: String) -> HTTPResponse {
        .json(status: 400, ["error": .string(error), "error_description": .string(description)])
    }
}
