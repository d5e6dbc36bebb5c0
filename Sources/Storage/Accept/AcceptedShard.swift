import Domain

/// Messages that were accepted together, ready to be stored as a shard of their stream.
package struct AcceptedShard: Sendable {
    package let id: Int64
    package let lane: Lane
    /// To be sent at once by the process that took them.
    package var isOpen: Bool
    /// Nil: at once.
    package private(set) var dueAt: Timestamp?
    package let expiresAt: Timestamp
    package let count: Int
    package let sealed: [UInt8]
    /// Which of them turned out not to be sent, one bit each; empty for none.
    package var skip: [UInt8] = []
    /// The policy snapshot that this process is as new as.
    package var horizon: Int64
    /// Of all its messages.
    package let trace: TraceParent?

    package init(
        id: Int64, lane: Lane, isOpen: Bool, dueAt: Timestamp?, expiresAt: Timestamp, count: Int, sealed: [UInt8],
        horizon: Int64, trace: TraceParent? = nil
    ) {
        self.id = id
        self.lane = lane
        self.isOpen = isOpen
        self.dueAt = dueAt
        self.expiresAt = expiresAt
        self.count = count
        self.sealed = sealed
        self.horizon = horizon
        self.trace = trace
    }

    /// Its turn has not come.
    package mutating func wait(until time: Timestamp) {
        isOpen = false
        dueAt = time
    }

    /// Leaves one out.
    package mutating func skip(_ index: Int) {
        if skip.isEmpty { skip = [UInt8](repeating: 0, count: (count + 7) / 8) }
        skip.mark(index)
    }
}

/// An answer that is given again to whoever asks again with the same key.
package struct StoredAnswer: Sendable, Hashable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// A key against repetition, with a digest of what was asked for.
package struct IdempotencyKey: Sendable, Hashable {
    /// Of the source and the key that it gave.
    package let key: [UInt8]
    package let body: [UInt8]

    package init(key: [UInt8], body: [UInt8]) {
        self.key = key
        self.body = body
    }
}

/// A message that must not go out twice within a time.
package struct DedupeClaim: Sendable, Hashable {
    package let key: [UInt8]
    package let message: MessageID
    package let until: Timestamp

    package init(key: [UInt8], message: MessageID, until: Timestamp) {
        self.key = key
        self.message = message
        self.until = until
    }
}

/// What a source asks back about its message.
package struct MessageNote: Sendable, Hashable {
    package let message: MessageID
    package let tenant: Int64
    package let source: Int64?
    package let reference: String
    package let sealed: [UInt8]

    package init(message: MessageID, tenant: Int64, source: Int64?, reference: String, sealed: [UInt8]) {
        self.message = message
        self.tenant = tenant
        self.source = source
        self.reference = reference
        self.sealed = sealed
    }
}
