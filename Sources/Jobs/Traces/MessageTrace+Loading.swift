import Domain
import Storage

extension MessageTrace {
    /// Which messages, and where archives are that have them.
    package struct Request: Sendable {
        package let message: MessageID
        /// The one that the message's number names.
        package let campaign: Campaign

        package init(_ message: MessageID, campaign: Campaign) {
            self.message = message
            self.campaign = campaign
        }
    }

    /// What the database says of a message.
    private struct Held: Sendable {
        var rows: [LedgerEntry] = []
        var calls: [CallEntry] = []
        var webhooks: [MessageWebhook] = []
        var acceptance: Acceptance?

        /// One that ended lies elsewhere if it does not lie here; archived rows have no shard's state beside them that matters.
        var hasEnd: Bool { rows.contains { $0.final && $0.was == nil } }
    }

    private static let atOnce = 4

    /// Nil where there is no such message.
    package static func load(
        _ message: MessageID, campaign: Campaign, database: Database, keys: KeyRing, withWebhooks: Bool = true,
        archives: ArchiveStore? = nil
    ) async throws -> MessageTrace? {
        try await load(
            [Request(message, campaign: campaign)], database: database, keys: keys, withWebhooks: withWebhooks,
            archives: archives
        ).first
    }

    /// Many at a time, in the order of their numbers, without those that don't exist. What the database does not have is asked of
    /// `archives` together, so that no part of a file is read for each message.
    package static func load(
        _ requests: [Request], database: Database, keys: KeyRing, withWebhooks: Bool = true,
        archives: ArchiveStore? = nil
    ) async throws -> [MessageTrace] {
        let held = try await held(requests, database, keys, withWebhooks)
        let elsewhere = held.filter { !$0.value.hasEnd }.map(\.key)
        var archived: ArchivedMessages?
        if !elsewhere.isEmpty {
            archived = try await (archives ?? ArchiveStore(database: database, keys: keys)).traces(elsewhere)
        }
        return requests.sorted { $0.message.rawValue < $1.message.rawValue }.compactMap { request in
            guard let known = held[request.message] else { return nil }
            return MessageTrace(request, known, known.hasEnd ? nil : archived)
        }
    }

    private init?(_ request: Request, _ held: Held, _ archived: ArchivedMessages?) {
        let faults = archived?.faults(of: request.message) ?? []
        rows = (archived?.rows(of: request.message) ?? []) + held.rows
        if rows.isEmpty, held.calls.isEmpty, held.acceptance == nil, faults.isEmpty { return nil }
        (message, campaign, calls) = (request.message, request.campaign, held.calls)
        (webhooks, acceptance) = (held.webhooks, held.acceptance)
        archives = archived?.archives(of: request.message) ?? []
        archiveFaults = faults
    }

    // MARK: The database

    private static func held(
        _ requests: [Request], _ database: Database, _ keys: KeyRing, _ withWebhooks: Bool
    ) async throws -> [MessageID: Held] {
        try await withThrowingTaskGroup(of: [MessageID: Held].self) { group in
            for lane in 0..<min(atOnce, requests.count) {
                let some = stride(from: lane, to: requests.count, by: atOnce).map { requests[$0].message }
                group.addTask {
                    var found: [MessageID: Held] = [:]
                    for message in some { found[message] = try await held(message, database, keys, withWebhooks) }
                    return found
                }
            }
            var all: [MessageID: Held] = [:]
            for try await some in group { all.merge(some) { one, _ in one } }
            return all
        }
    }

    /// Nil for one that was rejected as it came.
    private static func held(
        _ message: MessageID, _ database: Database, _ keys: KeyRing, _ withWebhooks: Bool
    ) async throws -> Held? {
        var held = Held(rows: try await LedgerStore(database: database, keys: keys).trace(message))
        let shard = try await WorkStore(database: database).shard(message.shard)
        if let shard, message.index < shard.claimed.count {
            if shard.claimed.skip?.isMarked(message.index) == true, held.rows.isEmpty { return nil }
            held.acceptance = Acceptance(
                createdAt: shard.createdAt, dueAt: shard.dueAt, expiresAt: shard.claimed.expiresAt,
                isTaken: shard.state != "ready")
        }
        held.calls = try await CallStore(database: database).calls(of: message)
        if withWebhooks { held.webhooks = try await WebhookStore(database: database).events(of: message) }
        return held
    }
}
