/// How many days of what is not the ledger are kept.
package struct Retention: Sendable, Hashable {
    /// The log of calls to providers.
    package var callLogDays = 30
    /// What providers sent by themselves. Not less than the days for which one that found no message is kept waiting.
    package var callbackDays = 30

    /// What sources said about their messages.
    package var noteDays = 90
    /// What there was to tell by webhooks: as far back as it can be told again.
    package var webhookDays = 7
    /// Answers that are given again under an Idempotency-Key.
    static let keyAge: Duration = .seconds(7 * 86_400)

    /// Campaigns that were made and never given recipients.
    static let draftAge: Duration = .seconds(86_400)

    /// Further references of messages in parts: as long as their receipts are waited for.
    static let referenceDays = 5

    package init() {}

    /// As the environment says; what is no number of days is left as it is.
    package init(environment: [String: String]) {
        if let days = Self.days(environment["HERALD_CALL_LOG_DAYS"]) { callLogDays = days }
        if let days = Self.days(environment["HERALD_NOTE_DAYS"]) { noteDays = days }
        if let days = Self.days(environment["HERALD_WEBHOOK_DAYS"]) { webhookDays = max(3, days) }
        if let days = Self.days(environment["HERALD_CALLBACK_DAYS"]) { callbackDays = max(5, days) }
    }

    private static func days(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.flatMap { (1...3650).contains($0) ? $0 : nil }
    }
}
