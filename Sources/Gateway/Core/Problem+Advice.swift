/// What to do about a problem, for `/docs`.
extension Problem.Kind {
    var advice: String {
        switch self {
        case .malformed: "Send what the Content-Type says: one JSON object, in UTF-8."
        case .invalid: "Mend the fields that errors names; the same request fails again."
        case .unauthorized: "Send “Authorization: Bearer” with a key that holds and may be used from this address."
        case .forbidden:
            "rule says which permission is missing: a scope of the key or a use that its source may not make."
        case .notFound: "Look whether the id is right; another tenant's things are never found."
        case .incomplete: "Send it again, whole, under the same Idempotency-Key if it has one."
        case .wrongState: "detail says what stands in the way; do that first."
        case .keyIsBusy: "Wait for the first request's answer, or ask again after Retry-After."
        case .keyHasOtherBody: "Take a new Idempotency-Key for a new request."
        case .tooLarge: "Send it in parts; a campaign takes recipients without limit."
        case .rateLimited: "Wait as long as Retry-After says; the RateLimit headers tell how much is left."
        case .quotaUsedUp: "Wait until the quota begins anew, as Retry-After says, or have it raised."
        case .budgetSpent:
            "Have the budget raised, or wait for its next period as Retry-After says; the same request then works."
        case .overloaded: "Nothing was taken in: send it again after Retry-After."
        case .unavailable:
            "Nothing is known to be taken in: send it again after Retry-After, under the same Idempotency-Key."
        case .storageFull: "The operator must free disk space; then it works again by itself."
        case .broken: "It has been logged under the X-Request-Id: try again, and tell the operator if it goes on."
        }
    }
}
