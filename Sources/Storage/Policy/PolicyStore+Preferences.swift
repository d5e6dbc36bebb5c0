import Domain

/// Opt-outs as one person's wishes, channel by channel.
extension PolicyStore {
    /// Changes what a person wants to get by some of the channels that the address serves; returns those that it
    /// does not want now. An opt-out from everything stays one as long as no channel is wanted.
    package func changeOptOuts(
        tenant: Int64, hash: RecipientHash, channels: [Channel], wishes: [Channel: Bool], audit: AuditOrigin
    ) async throws -> Set<Channel> {
        try await database.transaction { session in
            // Two that change the same person's wishes at once go one after the other.
            try session.execute(
                "SELECT pg_advisory_xact_lock(hashtext('herald preferences'), hashtext(encode($1, 'hex')))",
                [.bytes(hash.bytes)])
            let stored = try session.query(
                "SELECT channel FROM suppression WHERE tenant = $1 AND hash = $2 AND reason = 'optout'",
                [.int(tenant), .bytes(hash.bytes)]
            ).map { try $0.int("channel") }
            let refusesAll = stored.contains(0)
            var refused = Set(channels.filter { refusesAll || stored.contains(Int64($0.code)) })
            for (channel, wish) in wishes { if wish { refused.remove(channel) } else { refused.insert(channel) } }
            let goal: [Int64] =
                refusesAll && refused.count == channels.count ? [0] : refused.map { Int64($0.code) }.sorted()
            guard Set(stored) != Set(goal) else { return refused }
            try session.execute(
                """
                DELETE FROM suppression WHERE tenant = $1 AND hash = $2 AND reason = 'optout' AND channel <> ALL ($3)
                """, [.int(tenant), .bytes(hash.bytes), .intArray(goal)])
            for code in goal {
                try Self.suppress(
                    tenant: tenant, hash: hash, channel: Channel(code: code), reason: .optout, origin: "api",
                    on: session)
            }
            try AuditEntry(
                "preference.set", "1 address", by: audit, tenant: tenant,
                after: ["refused": .array(refused.map(\.rawValue).sorted().map { .string($0) })]
            ).store(on: session)
            return refused
        }
    }
}
