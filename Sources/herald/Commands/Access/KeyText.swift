import Domain
import Storage

/// Keys as people and machines read them.
enum KeyText {
    static func state(_ key: APIKey, now: Timestamp) -> String {
        if key.revokedAt != nil { return "revoked" }
        if let end = key.expiresAt, end <= now { return "expired" }
        return key.isTest ? "test" : "active"
    }

    static func time(_ time: Timestamp?) -> String { time.map { String($0.description.prefix(16)) + "Z" } ?? "-" }

    static func lines(_ key: APIKey, now: Timestamp) -> [String] {
        var lines = [
            "key        \(key.shown)", "tenant     \(key.tenantName)", "source     \(key.sourceName)",
            "state      \(state(key, now: now))", "scopes     \(key.scopes.joined(separator: ", "))",
            "networks   \(key.networks.isEmpty ? "any" : key.networks.joined(separator: ", "))",
            "made       \(time(key.createdAt))", "expires    \(time(key.expiresAt))",
            "last used  \(time(key.lastUsedAt))",
        ]
        if let until = key.formerUntil, until > now {
            lines.append("rotated    the secret before holds until \(time(until))")
        }
        return lines
    }

    static func json(_ key: APIKey, now: Timestamp) -> JSON {
        func time(_ time: Timestamp?) -> JSON { time.map { .string($0.description) } ?? .null }
        return [
            "key": .string(key.shown), "tenant": .string(key.tenantName), "source": .string(key.sourceName),
            "test": .bool(key.isTest), "state": .string(state(key, now: now)),
            "scopes": .array(key.scopes.map { .string($0) }), "networks": .array(key.networks.map { .string($0) }),
            "created_at": time(key.createdAt), "expires_at": time(key.expiresAt), "revoked_at": time(key.revokedAt),
            "last_used_at": time(key.lastUsedAt), "former_until": time(key.formerUntil),
        ]
    }
}
