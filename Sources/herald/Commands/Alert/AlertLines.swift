import Domain
import Jobs
import Storage

/// Alerts as lines for people.
enum AlertLines {
    /// For logs and mails.
    static func text(_ alert: StoredAlert) -> String {
        guard alert.isOpen else {
            let lasting = TimeText.short(max(0, (alert.seenAt - alert.openedAt).seconds))
            return
                "Alert \(alert.id) (\(alert.ruleName)) is over after \(lasting). \(AlertText.sentence(alert)) at worst."
        }
        return "Alert \(alert.id) (\(alert.ruleName)): \(AlertText.sentence(alert)). \(AlertText.advice(alert))"
    }

    static func note(_ change: Watchman.Change) -> String { text(change.alert) }

    static func cells(_ alert: StoredAlert, now: Timestamp) -> [String] {
        [
            String(alert.id), state(alert), TimeText.short(max(0, ((alert.closedAt ?? now) - alert.openedAt).seconds)),
            String(alert.openedAt.description.prefix(16)) + "Z", alert.ruleName, AlertText.sentence(alert),
        ]
    }

    static func state(_ alert: StoredAlert) -> String {
        guard alert.isOpen else { return "over" }
        if alert.partOf != nil { return "part of \(alert.partOf ?? 0)" }
        return alert.acknowledgedAt == nil ? "OPEN" : "seen"
    }

    static func lines(_ alert: StoredAlert) -> [String] {
        var lines = [
            "alert         \(alert.id)", "state         \(state(alert))", "rule          \(alert.ruleName)",
            "what          \(AlertText.sentence(alert))",
            "at the last look  \(AlertText.amount(alert.value, alert)) (\(alert.spell))",
            "rests on      \(alert.weeks) past weeks", "opened        \(alert.openedAt)",
            "last found    \(alert.seenAt)",
        ]
        if let closed = alert.closedAt { lines.append("over          \(closed)") }
        if alert.pausedSource { lines.append("source        was paused for it") }
        if let at = alert.acknowledgedAt { lines.append("looked after  by \(alert.acknowledgedBy) since \(at)") }
        if alert.isOpen { lines.append("to do         \(AlertText.advice(alert))") }
        return lines
    }
}
