import Domain
import Storage

/// How a campaign stands or ended, as table and as JSON.
struct CampaignOutcome {
    let campaign: Campaign
    let progress: CampaignProgress
    let reasons: [(state: MessageState, reason: String, count: Int64)]

    static func load(_ id: Int64, _ installation: Installation) async throws -> CampaignOutcome {
        guard let campaign = try await installation.campaigns.campaign(id) else {
            throw CommandError.failed("There is no campaign \(id). `herald campaign list` shows them.")
        }
        let progress = try await installation.campaigns.progress(id)
        // Only what did not go well has a reason, and looking for it reads the campaign's part of the ledger.
        let hasReasons = progress.byState.contains { $0.key != .sent && $0.key != .delivered && $0.value > 0 }
        return CampaignOutcome(
            campaign: campaign, progress: progress,
            reasons: hasReasons ? try await installation.ledger.reasons(campaign: id) : [])
    }

    /// Rejected rows of the file, by code.
    var rejectedBy: [(code: String, count: Int64)] {
        guard let object = (try? JSON.parse(campaign.rejectedBy))?.objectValue else { return [] }
        return object.map { ($0, $1.intValue ?? 0) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    private func count(_ state: MessageState, reason: String) -> Int64 {
        reasons.filter { $0.state == state && $0.reason == reason }.reduce(0) { $0 + $1.count }
    }

    var optedOut: Int64 { count(.rejected, reason: "opted_out") }

    /// Something was not sent that somebody wanted sent.
    var hasFailures: Bool {
        let failed: [MessageState] = [.failed, .unknown, .expired, .undelivered, .bounced]
        return campaign.rejected > 0 || failed.contains { progress[$0] > 0 }
    }

    var exitCode: ExitCode {
        guard campaign.state.isOver else { return .failed }
        return hasFailures ? .doneWithRejects : .done
    }

    func show(on screen: Screen) {
        screen.line("Campaign \(campaign.id) “\(campaign.name)” of \(campaign.tenantName): \(campaign.state.rawValue)")
        if !campaign.note.isEmpty { screen.line(campaign.note) }
        var rows: [[String]] = [["accepted", grouped(campaign.recipients)], ["rejected", grouped(campaign.rejected)]]
        rows += rejectedBy.map { ["  \($0.code)", grouped($0.count)] }
        rows.append(["duplicates", grouped(campaign.duplicates)])
        rows.append(["opted out", grouped(optedOut)])
        for (state, name) in [
            (MessageState.sent, "sent"), (.delivered, "delivered"), (.undelivered, "undelivered"),
            (.bounced, "bounced"),
            (.complained, "complained"), (.failed, "failed"), (.unknown, "in doubt"), (.expired, "expired"),
            (.cancelled, "cancelled"),
        ]
        where progress[state] != 0 || state == .sent || state == .failed {
            rows.append([name, grouped(progress[state])])
            if [.failed, .unknown, .undelivered, .bounced].contains(state) {
                rows += reasons.filter { $0.state == state }.prefix(5).map { ["  \($0.reason)", grouped($0.count)] }
            }
        }
        let denied = progress[.rejected] - optedOut
        if denied > 0 { rows.append(["denied or suppressed", grouped(denied)]) }
        if !campaign.state.isOver { rows.append(["still to do", grouped(campaign.recipients - progress.done)]) }
        rows.append(["segments", grouped(progress.segments)])
        rows.append([
            "cost",
            progress.cost.isEmpty
                ? "0.00"
                : progress.cost.sorted { $0.key < $1.key }.map { amount($0.value, $0.key) }.joined(separator: ", "),
        ])
        screen.table(["", ""], rows, rightAligned: [1])
    }

    var json: JSON {
        var states = JSONObject()
        for state in MessageState.allCases where progress[state] > 0 { states[state.word] = .int(progress[state]) }
        var rejected = JSONObject()
        for (code, count) in rejectedBy { rejected[code] = .int(count) }
        var reasonList = JSONObject()
        for (state, reason, count) in reasons { reasonList["\(state.word): \(reason)"] = .int(count) }
        return [
            "campaign": .int(campaign.id), "name": .string(campaign.name), "tenant": .string(campaign.tenantName),
            "source": .string(campaign.sourceName), "template": .string(campaign.templateName),
            "channel": .string(campaign.channel.rawValue), "category": .string(campaign.category.rawValue),
            "state": .string(campaign.state.rawValue), "note": .string(campaign.note),
            "due_at": .string(campaign.dueAt.description), "created_at": .string(campaign.createdAt.description),
            "accepted": .int(campaign.recipients), "rejected": .int(campaign.rejected),
            "rejected_by": .object(rejected),
            "duplicates": .int(campaign.duplicates), "opted_out": .int(optedOut), "sent": .int(progress[.sent]),
            "failed": .int(progress[.failed]), "unknown": .int(progress[.unknown]), "states": .object(states),
            "reasons": .object(reasonList), "done": .int(progress.done), "segments": .int(progress.segments),
            "cost": .array(
                progress.cost.sorted { $0.key < $1.key }.map {
                    ["currency": .string($0.key), "micros": .int($0.value), "amount": .string(amount($0.value, ""))]
                }),
        ]
    }
}
