import Domain

extension LimitVerdict {
    /// How much is left, in the fields that the draft for it names.
    var headers: [(name: String, value: String)] {
        guard let policyField, let stateField else { return [] }
        return [("RateLimit-Policy", policyField), ("RateLimit", stateField)]
    }

    /// Nil: it may pass.
    var problem: Problem? {
        guard let refusal else { return nil }
        let isRate = refusal.name == "rate" || refusal.name == "critical"
        var problem = Problem(
            isRate ? .rateLimited : .quotaUsedUp,
            isRate
                ? "The source may not send more at once; nothing of this request was taken in."
                : "What the source may send in a \(refusal.name) is used up; nothing of this request was taken in.",
            rule: "limit.\(refusal.name)", retryAfter: .seconds(refusal.retryAfter))
        problem.headers = headers
        return problem
    }
}
