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

    /// Shard by shard: what lies together is asked for together.
    private static func held(
        _ requests: [Request], _ database: Database, _ keys: KeyRing, _ withWebhooks: Bool
    ) async throws -> [MessageID: Held] {
        let shards = Dictionary(grouping: requests.map(\.message).sorted(), by: \.shard)
            .sorted { $0.key < $1.key }.map(\.value)
        return try await withThrowingTaskGroup(of: [MessageID: Held].self) { group in
            for lane in 0..<min(atOnce, shards.count) {
                group.addTask {
                    var found: [MessageID: Held] = [:]
                    for place in stride(from: lane, to: shards.count, by: atOnce) {
                        found.merge(try await held(shards[place], database, keys, withWebhooks)) { one, _ in one }
                    }
                    return found
                }
            }
            var all: [MessageID: Held] = [:]
            for try await some in group { all.merge(some) { one, _ in one } }
            return all
        }
    }

    /// Of one shard's messages, without those that were rejected as they came.
    private static func held(
        _ messages: [MessageID], _ database: Database, _ keys: KeyRing, _ withWebhooks: Bool
    ) async throws -> [MessageID: Held] {
        guard let first = messages.first, let last = messages.last else { return [:] }
        var rows: [MessageID: [LedgerEntry]] = [:]
        for row in try await LedgerStore(database: database, keys: keys).trace(first...last) {
            rows[row.message, default: []].append(row)
        }
        let shard = try await WorkStore(database: database).shard(first.shard)
        let calls = try await CallStore(database: database).calls(of: first...last)
        let webhooks = withWebhooks ? try await WebhookStore(database: database).events(of: first...last) : [:]
        var all: [MessageID: Held] = [:]
        for message in messages {
            var held = Held(
                rows: rows[message] ?? [], calls: calls[message] ?? [], webhooks: webhooks[message] ?? [])
            if let shard, message.index < shard.claimed.count {
                if shard.claimed.skip?.isMarked(message.index) == true, held.rows.isEmpty { continue }
                held.acceptance = Acceptance(
                    createdAt: shard.createdAt, dueAt: shard.dueAt, expiresAt: shard.claimed.expiresAt,
                    isTaken: shard.state != "ready")
            }
            all[message] = held
        }
        return all
    }
}
