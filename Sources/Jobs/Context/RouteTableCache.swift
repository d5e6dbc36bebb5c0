import Domain
import Senders

/// The compiled routing table, shared by all campaigns. Compiled anew when the configuration changes and after a
/// while, so that prices follow the day.
actor RouteTableCache {
    private let load: @Sendable () async throws -> RouteTable
    private var entry: (table: Task<RouteTable, any Error>, made: ContinuousClock.Instant)?
    private static let lifetime: Duration = .seconds(60)

    init(load: @escaping @Sendable () async throws -> RouteTable) { self.load = load }

    func table() async throws -> RouteTable {
        if let entry, entry.made.duration(to: .now) < Self.lifetime { return try await entry.table.value }
        let task = Task { [load] in try await load() }
        entry = (task, .now)
        do {
            return try await task.value
        } catch {
            if entry?.table == task { entry = nil }
            throw error
        }
    }

    /// One that is being read meanwhile is not used by those who come later.
    func forget() { entry = nil }
}
