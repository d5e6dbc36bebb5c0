import Domain

/// What the fair choice is between: one tenant's work of one priority.
package struct TenantWork: Sendable, Hashable {
    package let priority: Priority
    package let tenant: Int64

    package init(priority: Priority, tenant: Int64) {
        self.priority = priority
        self.tenant = tenant
    }
}

/// A tenant's work of which something is due, or soon will be. Only a hint: it may belong to campaigns that are paused or
/// rest, and others may take it first.
package struct WaitingWork: Sendable, Hashable {
    package let work: TenantWork
    /// The tenant's share beside others, by its tier.
    package let weight: Double
    /// How long until the first of it is due; zero if it is.
    package let dueIn: Duration

    package init(work: TenantWork, weight: Double, dueIn: Duration) {
        self.work = work
        self.weight = weight
        self.dueIn = dueIn
    }

    init(row: PostgresRow) throws(StorageError) {
        self.init(
            work: TenantWork(
                priority: Priority(rawValue: Int16(try row.int("priority"))) ?? .low, tenant: try row.int("tenant")),
            weight: Double(try row.int("weight_milli")) / 1000, dueIn: .microseconds(try row.int("due_in")))
    }
}

/// How many shards of a tenant's work to take.
package struct ClaimOrder: Sendable, Hashable {
    package let work: TenantWork
    package let count: Int

    package init(work: TenantWork, count: Int) {
        self.work = work
        self.count = count
    }
}
