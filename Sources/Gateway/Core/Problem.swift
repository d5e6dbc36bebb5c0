import Domain
import HTTPServer

/// Why a request was not done, as RFC 9457 has it. What is wrong with a field is named with the field and the rule, so
/// that a program can act on it and a person can mend it.
package struct Problem: Error, Sendable {
    /// All kinds there are; `/docs` lists them.
    package enum Kind: String, Sendable, CaseIterable {
        case malformed
        case invalid
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case incomplete
        case wrongState = "wrong-state"
        case keyIsBusy = "idempotency-key-busy"
        case keyHasOtherBody = "idempotency-key-reused"
        case tooLarge = "too-large"
        case rateLimited = "rate-limited"
        case quotaUsedUp = "quota-used-up"
        case budgetSpent = "budget-spent"
        case overloaded
        case unavailable
        case storageFull = "storage-full"
        case broken

        package var status: Int {
            switch self {
            case .malformed: 400
            case .unauthorized: 401
            case .budgetSpent: 402
            case .forbidden: 403
            case .notFound: 404
            case .incomplete: 408
            case .wrongState, .keyIsBusy: 409
            case .tooLarge: 413
            case .invalid, .keyHasOtherBody: 422
            case .rateLimited, .quotaUsedUp: 429
            case .broken: 500
            case .overloaded, .unavailable: 503
            case .storageFull: 507
            }
        }

        package var title: String {
            switch self {
            case .malformed: "The request can't be read."
            case .invalid: "The request has faults."
            case .unauthorized: "A valid API key is needed."
            case .forbidden: "This is not permitted."
            case .notFound: "There is nothing here."
            case .incomplete: "The request did not arrive whole."
            case .wrongState: "This can't be done now."
            case .keyIsBusy: "A request with this Idempotency-Key is being worked on."
            case .keyHasOtherBody: "This Idempotency-Key was used for another request."
            case .tooLarge: "The request is too large."
            case .rateLimited: "Too many messages at once."
            case .quotaUsedUp: "The quota is used up."
            case .budgetSpent: "The budget is used up."
            case .overloaded: "There is more to do than can be done."
            case .unavailable: "Herald can't do this at the moment."
            case .storageFull: "The disk is full."
            case .broken: "Something went wrong here."
            }
        }
    }

    /// What is wrong with one field.
    package struct Fault: Sendable, Hashable {
        /// A JSON pointer into the body, or the name of a header or of a parameter.
        package let field: String
        package let rule: String
        package let detail: String

        package init(_ field: String, _ rule: String, _ detail: String) {
            self.field = field
            self.rule = rule
            self.detail = detail
        }
    }

    package let kind: Kind
    package let detail: String
    /// The rule that refused, where it is one that somebody configured.
    package var rule: String?
    package var faults: [Fault] = []
    package var retryAfter: Duration?
    package var headers: [(name: String, value: String)] = []

    package init(
        _ kind: Kind, _ detail: String, rule: String? = nil, faults: [Fault] = [], retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.detail = detail
        self.rule = rule
        self.faults = faults
        self.retryAfter = retryAfter
    }

    /// One field is wrong.
    package static func invalid(_ field: String, _ rule: String, _ detail: String) -> Problem {
        Problem(.invalid, detail, faults: [Fault(field, rule, detail)])
    }

    package var response: HTTPResponse {
        var response = HTTPResponse(
            status: kind.status, headers: [("Content-Type", "application/problem+json")] + headers,
            body: .bytes(Array((json.text + "\n").utf8)))
        if let retryAfter {
            response.headers.append(("Retry-After", String(max(1, Int(retryAfter.seconds.rounded(.up))))))
        }
        if kind == .unauthorized { response.headers.append(("WWW-Authenticate", #"Bearer realm="herald""#)) }
        return response
    }

    private var json: JSON {
        var object = JSONObject()
        object["type"] = .string("/docs#" + kind.rawValue)
        object["title"] = .string(kind.title)
        object["status"] = .int(Int64(kind.status))
        object["detail"] = .string(detail)
        if let rule { object["rule"] = .string(rule) }
        if !faults.isEmpty {
            object["errors"] = .array(
                faults.map { ["field": .string($0.field), "rule": .string($0.rule), "detail": .string($0.detail)] })
        }
        return .object(object)
    }
}
