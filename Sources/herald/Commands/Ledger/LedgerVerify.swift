import Domain
import Storage

/// `herald ledger verify`: recounts, and holds the count against what the reports say.
enum LedgerVerify {
    static let command = Command(
        "ledger verify", "recount the ledger and compare it with what the reports say; exit code 1 on a difference",
        options: [
            .value("from", "TIME", "from this day or instant on; a whole quarter of an hour, UTC"),
            .value("to", "TIME", "up to this day, included, or before this instant"),
            .flag("archives", "read archives to their ends too, instead of believing the sums that were kept of them"),
            .archiveFolder,
            .flag("messages", "look besides that no message has two ends; takes several times as long"),
        ],
        example: "herald ledger verify"
    ) { arguments, screen in
        let (from, to) = try arguments.period(zone: "UTC")
        try requireQuarter(from, "from")
        try requireQuarter(to, "to")
        let scope = LedgerVerification.Scope(from: from, to: to, eachMessage: arguments.has("messages"))
        let installation = try await Installation.open(arguments)
        let archives = try installation.archives(arguments)
        let readsArchives = arguments.has("archives") || arguments.text(Option.archiveFolder.name) != nil
        let proof = try await installation.ledger.verify(scope)
        var faults: [ArchiveFault] = []
        if readsArchives { faults = try await archives.verify().faults }
        let isSound = proof.isSound && faults.isEmpty
        let costs = proof.cost.sorted { $0.key < $1.key }
        screen.line("\(plural(proof.rows, "row")), \(plural(proof.messages, "message"))")
        if proof.archivedRows > 0 {
            screen.line(
                "\(grouped(proof.archivedRows)) of the rows are archived: "
                    + (readsArchives
                        ? "their files were read."
                        : "they count by the sums that were kept (--archives reads the files)."))
        }
        for (currency, micros) in costs { screen.line("cost \(amount(micros, currency))") }
        for difference in proof.differences + proof.unbalanced + faults.map(\.description) { screen.note(difference) }
        // What can't be read makes nothing differ: the reports hold the sums that were kept of it.
        screen.line(
            "ledger, reports and campaigns \(proof.isSound ? "agree" : "DIFFER")"
                + (faults.isEmpty ? "" : "; \(plural(faults.count, "archive")) can't be read"))
        screen.json([
            "sound": .bool(isSound), "archived_rows": .int(proof.archivedRows),
            "archive_faults": .array(faults.map { .string($0.description) }), "rows": .int(proof.rows),
            "messages": .int(proof.messages),
            "cost": .array(
                costs.map { ["currency": .string($0.key), "cost": .string(PriceText.decimal($0.value))] }),
            "differences": .array(proof.differences.map { .string($0) }),
            "unbalanced": .array(proof.unbalanced.map { .string($0) }),
        ])
        return isSound ? .done : .failed
    }

    /// Reports count in quarters of an hour, so that is what can be compared.
    private static func requireQuarter(_ instant: Timestamp?, _ option: String) throws {
        guard let instant, instant != RollupDelta.bucket(of: instant) else { return }
        throw CommandError.usage("--\(option) takes a day or a whole quarter of an hour such as 2026-03-01T09:15Z.")
    }
}
