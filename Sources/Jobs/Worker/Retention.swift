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

    // MARK: Rules

    /// One thing that is kept for some days.
    package struct Rule: Sendable {
        /// Its name in settings and on the command line.
        package let name: String
        package let environment: String?
        package let days: ClosedRange<Int>
        package let meaning: String
        /// Nil: kept until somebody says otherwise.
        package let value: @Sendable (Retention) -> Int?
    }

    /// What can be set; the ledger's rows are archived by `herald archive run`, everything else is dropped by the worker.
    package static let rules: [Rule] = [
        Rule(
            name: "ledger", environment: nil, days: 30...36_500,
            meaning: "rows of the ledger, before `herald archive run` moves their slice into a file",
            value: { _ in nil }),
        Rule(
            name: "calls", environment: "HERALD_CALL_LOG_DAYS", days: 1...3650,
            meaning: "the log of calls to providers",
            value: \.callLogDays),
        Rule(
            name: "callbacks", environment: "HERALD_CALLBACK_DAYS", days: 5...3650,
            meaning: "what providers sent by themselves",
            value: \.callbackDays),
        Rule(
            name: "webhooks", environment: "HERALD_WEBHOOK_DAYS", days: 3...3650,
            meaning: "what there was to tell by webhooks", value: \.webhookDays),
        Rule(
            name: "notes", environment: "HERALD_NOTE_DAYS", days: 1...3650,
            meaning: "what sources said about their messages",
            value: \.noteDays),
    ]

    /// What nobody can set, for the same table.
    package static let fixed: [(name: String, kept: String, meaning: String)] = [
        ("reports' sums", "for ever", "rollups, and the sums of archived slices"),
        ("one-time passwords", "until sent", "the sealed data that texts are made from"),
        ("texts of single messages", "7 days", "after their expiry: the sealed data that texts are made from"),
        ("texts of campaigns", "with the campaign", "the sealed recipients, for re-sends"),
        ("idempotency keys", "7 days", "answers that are given again; 24 hours past 300 million of them"),
        ("references of parts", "\(referenceDays) days", "further references of messages in parts"),
        ("drafts", "1 day", "campaigns that were never given recipients"),
    ]

    /// What somebody set goes before what the environment says.
    package func setting(_ days: [String: Int]) -> Retention {
        var changed = self
        if let days = days["calls"] { changed.callLogDays = days }
        if let days = days["callbacks"] { changed.callbackDays = days }
        if let days = days["webhooks"] { changed.webhookDays = days }
        if let days = days["notes"] { changed.noteDays = days }
        return changed
    }

    private static func days(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.flatMap { (1...3650).contains($0) ? $0 : nil }
    }
}
