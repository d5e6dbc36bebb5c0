import Domain
import Jobs
import Storage

/// The screen.
extension StatusView {
    var lines: [String] {
        let rows: [(String, String)] = [
            ("herald", "schema \(condition.schema), \(now)"), ("database", database), ("workers", processes),
            ("rates", rate), ("queues", "\(queue("fast", "1")); \(queue("bulk", "0"))"), ("campaigns", campaignLine),
            ("receipts", receipts), ("dead letters", deadLetters), ("webhooks", webhooks), ("alerts", alertLine),
            ("ledger", ledger), ("disk", diskLine), ("reports", last("report")), ("backup", last("backup")),
        ]
        var lines = rows.map { $0.0.padding(to: 14) + $0.1 }
        for alert in alerts { lines.append("".padding(to: 14) + "\(alert.id): \(AlertText.sentence(alert))") }
        for (place, budget) in spent.prefix(Self.mostBudgets).enumerated() {
            lines.append((place == 0 ? "budgets" : "").padding(to: 14) + HeldCheckup.sentence(budget))
        }
        if spent.count > Self.mostBudgets {
            lines.append(
                "".padding(to: 14) + "and \(grouped(spent.count - Self.mostBudgets)) more (`herald budget list`)")
        }
        return lines
    }

    /// More are counted, not shown.
    private static let mostBudgets = 5

    private func count(_ number: Int64, _ one: String, _ many: String) -> String {
        let most = Int64(LoadStore.most)
        return "\(number >= most ? "\(grouped(most)) or more" : grouped(number)) \(number == 1 ? one : many)"
    }

    static func size(_ bytes: Int64) -> String {
        let megabytes = bytes >> 20
        return megabytes < 10_240 ? "\(grouped(megabytes)) MB" : "\(grouped(megabytes >> 10)) GB"
    }

    private func ago(_ time: Timestamp) -> String { TimeText.short(max(0, (now - time).seconds)) }

    private var database: String {
        "PostgreSQL \(condition.serverVersion.prefix { $0 != " " }) \(place); \(Self.size(status.bytes)), "
            + "\(status.connections) of \(status.mostConnections) connections"
    }

    private var processes: String {
        guard !workers.isEmpty else { return "none: nothing is sent. Start one with `herald up` or `herald work`" }
        let each = workers.map { "process \($0.pid) for \(ago($0.startedAt))" }
        return "\(workers.count): \(each.prefix(6).joined(separator: ", "))\(workers.count > 6 ? ", …" : "")"
    }

    private var rate: String {
        func text(_ rates: MinuteRateStore.Rates) -> String {
            "\(grouped(rates.accepted)) accepted by the API, \(grouped(rates.sent)) sent, \(grouped(rates.ended)) ended"
        }
        return
            "this minute \(text(rates.running)); last minute \(text(rates.minute)); last hour \(text(rates.hour))"
    }

    private func queue(_ word: String, _ lane: String) -> String {
        let (shards, taken) = (number("waiting_shards", lane), number("taken_shards", lane))
        let work = taken > 0 ? ", \(grouped(taken)) in work" : ""
        guard shards > 0 else { return "\(word): nothing waits\(work)" }
        let age = TimeText.short(Double(number("waiting_age", lane)) / 1_000_000)
        return
            "\(word): \(count(shards, "part", "parts")) with \(count(number("waiting_messages", lane), "message", "messages")) wait, the oldest for \(age)\(work)"
    }

    private var campaignLine: String {
        let states = CampaignState.allCases.filter { !$0.isOver }
            .map { ($0.rawValue, number("campaigns", $0.rawValue)) }.filter { $0.1 > 0 }
        return states.isEmpty ? "none" : states.map { "\(grouped($0.1)) \($0.0)" }.joined(separator: ", ")
    }

    private var receipts: String {
        var text = "\(grouped(number("receipts"))) due"
        if number("receipts") > 0 { text += " (for \(TimeText.short(Double(number("receipts_age")) / 1_000_000)))" }
        return text + ", \(grouped(status.parkedReceipts)) that found no message yet"
    }

    private var deadLetters: String {
        let open = number("dead_letters")
        return open == 0 ? "none" : count(open, "waits", "wait") + " to be settled (`herald deadletter list`)"
    }

    private var webhooks: String {
        let (failing, disabled) = (number("webhooks_failing"), number("webhooks_disabled"))
        return failing + disabled == 0
            ? "none fails" : "\(grouped(failing)) failing, \(grouped(disabled)) disabled (`herald webhook list`)"
    }

    private var alertLine: String {
        var text =
            status.openAlerts == 0
            ? "none" : "\(grouped(status.openAlerts)) open, \(grouped(status.unseenAlerts)) nobody looks after"
        if status.pausedSources > 0 { text += "; \(count(status.pausedSources, "source", "sources")) paused" }
        return text + ". " + AlertCommands.watchLine(watch, now: now)
    }

    private var ledger: String {
        status.slices == 0
            ? "empty"
            : "\(plural(status.slices, "slice")), number \(status.openSlice) is open; \(Self.size(status.ledgerBytes)), about \(grouped(status.ledgerRows)) rows"
    }

    private var diskLine: String {
        guard let disk else { return "on the database's own machine" }
        return "\(Self.size(Int64(disk.free))) free on the disk of \(disk.folder)"
    }

    private func last(_ word: String) -> String {
        let found = runs.filter { $0.what.hasPrefix(word) }.sorted { $0.at > $1.at }
        guard !found.isEmpty else { return "none yet" }
        return found.map { "\($0.what) \($0.detail), \(ago($0.at)) ago" }.joined(separator: "; ")
    }
}
