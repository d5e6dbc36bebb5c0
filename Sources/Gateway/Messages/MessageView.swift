import Domain
import Jobs
import Senders
import Storage

/// One message as its sender sees it: where it stands, what happened to it, what it cost. Who may not see it is told
/// that there is none.
struct MessageView: Sendable {
    let trace: MessageTrace
    private let note: (reference: String, metadata: JSON?)?

    /// `inList`: without what is told of a single message alone.
    init(_ id: MessageID, _ call: APICall, inList: Bool = false) async throws {
        guard call.caller.sight != .none else { throw AccessRefusal.scope(.messagesRead, call.caller) }
        guard let campaign = try await call.campaigns.campaign(id.shard >> 24),
            campaign.tenant == call.caller.tenant,
            call.caller.sight == .tenant || campaign.source == call.caller.source,
            let trace = try await MessageTrace.load(
                id, campaign: campaign, database: call.database, keys: call.keys, withWebhooks: !inList)
        else { throw Problem(.notFound, "There is no message \(id.rawValue).") }
        self.trace = trace
        note = try await StreamStore(database: call.database).note(of: id, tenant: call.caller.tenant).map { note in
            let key = call.keys.known(call.caller.tenant)
            return (
                note.reference,
                try note.sealed.flatMap { sealed in try key.map { try JSON.parse($0.openNote(sealed)) } }
            )
        }
    }

    func status(now: Timestamp) -> String { trace.status(now: now) }

    func json(now: Timestamp, withTrace: Bool = false, isWhole: Bool = false) -> JSON {
        let (campaign, rows) = (trace.campaign, trace.rows)
        var object = JSONObject()
        object["id"] = .string(String(trace.message.rawValue))
        object["status"] = .string(status(now: now))
        object["channel"] = .string((rows.last?.channel ?? campaign.channel).rawValue)
        object["category"] = .string(campaign.category.rawValue)
        object["priority"] = .string(campaign.priority.word)
        object["source"] = .string(campaign.sourceName)
        object["template"] = .string(campaign.templateName)
        if let to = rows.last?.recipient { object["to"] = .string(isWhole ? to : Masked.address(to)) }
        if let note {
            if !note.reference.isEmpty { object["reference"] = .string(note.reference) }
            if let metadata = note.metadata { object["metadata"] = metadata }
        }
        if let waiting = trace.acceptance {
            object["created_at"] = .string(waiting.createdAt.description)
            if waiting.dueAt > waiting.createdAt + .seconds(1) {
                object["send_at"] = .string(waiting.dueAt.description)
            }
            if let expiresAt = waiting.expiresAt { object["expires_at"] = .string(expiresAt.description) }
        }
        if let reason = rows.last(where: { !$0.reason.isEmpty })?.reason { object["reason"] = .string(reason) }
        object["segments"] = .int(Int64(rows.map(\.segments).max() ?? 0))
        object["cost"] = cost
        object["timeline"] = .array(rows.map(Self.event))
        object["attempts"] = .array(trace.calls.map(Self.attempt))
        if !trace.archiveFaults.isEmpty {
            object["archive_faults"] = .words(trace.archiveFaults.map(\.withoutFolder))
        }
        if withTrace { object["trace"] = .array(trace.timeline(now: now).map(\.json)) }
        return .object(object)
    }

    private var cost: JSON {
        let costs = Dictionary(grouping: trace.rows.filter { $0.cost != 0 }, by: \.currency)
            .mapValues { $0.reduce(0) { $0 + $1.cost } }
        return .array(
            costs.sorted { $0.key < $1.key }.map {
                .money($0.value, $0.key)
            })
    }

    private static func event(_ row: LedgerEntry) -> JSON {
        var object = JSONObject()
        object["at"] = .string(row.at.description)
        object["status"] = .string(row.state.word)
        object["final"] = .bool(row.final)
        object["channel"] = .string(row.channel.rawValue)
        if !row.provider.isEmpty { object["provider"] = .string(row.provider) }
        if !row.reason.isEmpty { object["reason"] = .string(row.reason) }
        if !row.reference.isEmpty { object["provider_reference"] = .string(row.reference) }
        return .object(object)
    }

    private static func attempt(_ call: CallEntry) -> JSON {
        [
            "at": .string(call.at.description), "provider": .string(call.provider),
            "attempt": .int(Int64(call.attempt)),
            "duration_ms": .double(Double(call.duration.wholeMicroseconds) / 1000),
            "status": .int(Int64(call.status)), "outcome": .string(Outcome.Kind(rawValue: call.kind)?.word ?? ""),
        ]
    }
}
