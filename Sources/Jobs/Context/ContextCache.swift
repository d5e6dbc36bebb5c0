import Domain
import Storage

/// Campaigns' contexts, built once and shared by their shards, and the parts of the tables that rows go to. Forgotten
/// when the configuration changes and after a while, so that prices follow the day.
package actor ContextCache {
    private struct Entry {
        let context: Task<CampaignContext, any Error>
        let made: ContinuousClock.Instant
        var used: Int
    }

    private let build: @Sendable (Int64) async throws -> CampaignContext
    private let forget: @Sendable () async -> Void
    private let ledger: LedgerStore
    private var entries: [Int64: Entry] = [:]
    /// Counts the questions: an entry knows when it was asked for last.
    private var questions = 0
    private let days: DayPartStore
    private var parts: (parts: OpenParts, read: ContinuousClock.Instant)?
    private static let lifetime: Duration = .seconds(60)
    private static let capacity = 4096

    /// `forget` drops what `build` keeps of the configuration.
    package init(
        ledger: LedgerStore, forget: @escaping @Sendable () async -> Void = {},
        build: @escaping @Sendable (Int64) async throws -> CampaignContext
    ) {
        self.ledger = ledger
        self.forget = forget
        days = DayPartStore(database: ledger.database)
        self.build = build
    }

    package func context(for campaign: Int64) async throws -> CampaignContext {
        questions += 1
        if let entry = entries[campaign], entry.made.duration(to: .now) < Self.lifetime {
            entries[campaign]?.used = questions
            return try await entry.context.value
        }
        if entries.count >= Self.capacity { dropLeastUsed() }
        let task = Task { [build] in try await build(campaign) }
        entries[campaign] = Entry(context: task, made: .now, used: questions)
        do {
            return try await task.value
        } catch {
            entries[campaign] = nil
            throw error
        }
    }

    /// The eighth that nobody asked for the longest: so that a full cache is looked through once in many questions.
    private func dropLeastUsed() {
        let order = entries.values.map(\.used).sorted()
        let bound = order[order.count / 8]
        entries = entries.filter { $0.value.used > bound }
    }

    /// Read anew every second: a slice that was closed meanwhile still takes rows, and so does yesterday.
    package func currentParts() async throws -> OpenParts {
        if let parts, parts.read.duration(to: .now) < .seconds(1) { return parts.parts }
        let fresh = OpenParts(
            slice: try await ledger.currentSlice(), calls: try await days.current(.calls),
            references: try await days.current(.references), webhooks: try await days.current(.webhooks))
        parts = (fresh, .now)
        return fresh
    }

    package func invalidate() async {
        // First what contexts are made of, or one that is built meanwhile would keep the old.
        await forget()
        entries.removeAll()
    }
}
