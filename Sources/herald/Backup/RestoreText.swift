import Domain
import Storage

/// What a confirmation would start, for people and for machines.
struct RestoreText {
    let restoration: Restoration
    let work: [RestoredWork]
    let webhooks: Int64
    let decision: RestoreDecision

    func show(on screen: Screen) {
        screen.line(
            "Restored from the backup of \(restoration.backupAt). What was accepted, sent, opted out or revoked after it is not known here."
        )
        screen.table(
            ["campaign", "tenant", "name", "goes back to", "would send", "in doubt", "first due"],
            work.map { item in
                [
                    String(item.campaign), item.tenantName, item.isStream ? "\(item.name) (by the API)" : item.name,
                    isCancelled(item) ? "cancelled" : item.state.rawValue, grouped(sends(item)), grouped(doubt(item)),
                    item.firstDue.map { "\($0)" } ?? "-",
                ]
            }, rightAligned: [4, 5])
        let (sent, doubted) = (work.reduce(0) { $0 + sends($1) }, work.reduce(0) { $0 + doubt($1) })
        screen.line(
            "\(grouped(sent)) messages would be sent. \(grouped(doubted)) would be recorded as in doubt, because the lost Herald had them "
                + "on their way or may have sent them until \(decision.workedUntil); of these only one-time passwords, alerts and "
                + "transactional messages that have not expired are sent again.")
        if webhooks > 0 {
            screen.line(
                "\(grouped(webhooks)) webhooks waited at the moment of the backup. They would be told now; who was told by the lost Herald "
                    + "gets the same event, under its id, again.")
        }
        screen.line(
            "`--yes` does it. `--worked-until TIME` says when the lost Herald stopped, `--unsent ID` that nothing of a campaign was "
                + "sent since, `--cancel ID` or `--cancel-all` that nothing more is to be sent.")
        screen.json([
            "held": .bool(true), "backup_at": .string(restoration.backupAt.description), "would_send": .int(sent),
            "in_doubt": .int(doubted), "webhooks": .int(webhooks),
            "campaigns": .array(
                work.map {
                    [
                        "id": .int($0.campaign), "tenant": .string($0.tenantName), "name": .string($0.name),
                        "state": .string(isCancelled($0) ? "cancelled" : $0.state.rawValue),
                        "would_send": .int(sends($0)), "in_doubt": .int(doubt($0)),
                    ]
                }),
        ])
    }

    private func isCancelled(_ item: RestoredWork) -> Bool {
        decision.cancelsAll || decision.cancelled.contains(item.campaign)
    }

    private func lateDoubt(_ item: RestoredWork) -> Int64 {
        let isSure = decision.unsent.contains(item.campaign) || decision.workedUntil <= restoration.backupAt
        return isSure ? 0 : item.dueBefore
    }

    private func doubt(_ item: RestoredWork) -> Int64 { item.inDoubt + lateDoubt(item) }
    private func sends(_ item: RestoredWork) -> Int64 { isCancelled(item) ? 0 : item.unsent - lateDoubt(item) }
}
