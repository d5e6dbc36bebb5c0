import Domain
import Storage

/// A key as the API shows it; with its secret only to who has just made it.
enum KeyView {
    static func json(_ key: APIKey, token: APIKeyToken? = nil, now: Timestamp) -> JSON {
        var object = JSONObject()
        object["id"] = .string(key.publicID.description)
        object["key"] = .string(key.shown)
        if let token { object["secret_key"] = .string(String(decoding: token.text, as: UTF8.self)) }
        object["source"] = .string(key.sourceName)
        object["test"] = .bool(key.isTest)
        object["state"] = .string(state(key, now))
        object["scopes"] = .words(key.scopes)
        object["networks"] = .words(key.networks)
        object["created_at"] = .time(key.createdAt)
        object["expires_at"] = .time(key.expiresAt)
        object["revoked_at"] = .time(key.revokedAt)
        object["last_used_at"] = .time(key.lastUsedAt)
        object["former_until"] = .time(key.formerUntil)
        return .object(object)
    }

    private static func state(_ key: APIKey, _ now: Timestamp) -> String {
        if key.revokedAt != nil { return "revoked" }
        if let end = key.expiresAt, end <= now { return "expired" }
        return "active"
    }
}
