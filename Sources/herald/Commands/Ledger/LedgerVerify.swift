import Domain
import Storage

/// `herald ledger verify`: recounts, and holds the count against what the reports say.
enum LedgerVerify {
    static let command = Command(
        "ledger verify", "recount the ledger and compare it with what the reports say; exit code 1 on a difference",
        options: [
            .value("from", "TIME", "only from this instant on; a whole quarter of an hour"),
            .value("to", "TIME", "only before this instant; a whole quarter of an hour"),
            .flag("messages", "look besides that no message has two ends; takes several times as long"),
        ],
        example: "herald ledger verify"
    ) { arguments, screen in
        let scope = LedgerVerification.Scope(
            from: try instant(arguments, "from"), to: try instant(arguments, "to"),
            eachMessage: arguments.has("messages"))
        let proof = try await Installation.open(arguments).ledger.verify(scope)
        let costs = proof.cost.sorted { $0.key < $1.key }
        screen.line("\(grouped(proof.rows)) rows, \(grouped(proof.messages)) messages")
        for (currency, micros) in costs { screen.line("cost \(amount(micros, currency))") }
        for difference in proof.differences + proof.unbalanced { screen.note(difference) }
        screen.line(proof.isSound ? "ledger, reports and campaigns agree" : "ledger, reports and campaigns DIFFER")
        screen.json([
            "sound": .bool(proof.isSound), "rows": .int(proof.rows), "messages": .int(proof.messages),
            "cost": .array(
                costs.map { ["currency": .string($0.key), "cost": .string(PriceText.decimal($0.value))] }),
            "differences": .array(proof.differences.map { .string($0) }),
            "unbalanced": .array(proof.unbalanced.map { .string($0) }),
        ])
        return proof.isSound ? .done : .failed
    }

    /// Reports count in quarters of an hour, so that is what can be compared.
    private static func instant(_ arguments: Arguments, _ option: String) throws -> Timestamp? {
        try arguments.text(option).map { text in
            let instant = try TimeText.instant(text, zone: "UTC", now: .now)
            guard instant == RollupDelta.bucket(of: instant) else {
                throw CommandError.usage("--\(option) takes a whole quarter of an hour such as 2026-03-01T09:15Z.")
            }
            return instant
        }
    }
}
