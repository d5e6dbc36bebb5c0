import Domain

/// Who asks: a key with all that it brings along. Whatever a request says of tenant and source, they are these.
package final class Caller: Sendable {
    package let key: Int64
    package let keyID: APIKeyID
    package let tenant: Int64
    package let tenantName: String
    package let tier: Tenant.Tier
    /// For numbers written without their country.
    package let region: Region
    package let timeZone: String
    package let source: Int64
    package let sourceName: String
    package let scopes: ScopeSet
    package let uses: UsePolicy
    package let limits: SourceLimits
    /// While its source is paused.
    package let pause: SourcePause?
    /// Its messages are checked and go nowhere.
    package let isTest: Bool

    /// Whose messages a key may look at.
    package enum Sight: Sendable, Hashable {
        case tenant, source, none
    }

    init(
        key: Int64, keyID: APIKeyID, tenant: Int64, tenantName: String, tier: Tenant.Tier, region: Region,
        timeZone: String, source: Int64, sourceName: String, scopes: ScopeSet, uses: [PermittedUse],
        limits: SourceLimits, pause: SourcePause? = nil, isTest: Bool
    ) {
        self.key = key
        self.keyID = keyID
        self.tenant = tenant
        self.tenantName = tenantName
        self.tier = tier
        self.region = region
        self.timeZone = timeZone
        self.source = source
        self.sourceName = sourceName
        self.scopes = scopes
        self.uses = UsePolicy(source: sourceName, uses: uses)
        self.limits = limits
        self.pause = pause
        self.isTest = isTest
    }

    /// As it stands in logs and audit entries.
    package var shownKey: String { APIKeyToken.shown(keyID, isTest: isTest) }

    package var sight: Sight {
        scopes.contains(.messagesRead) ? .tenant : scopes.sends ? .source : .none
    }

    package func require(_ scope: Scope) throws(AccessRefusal) {
        guard !scopes.contains(scope) else { return }
        throw AccessRefusal(
            rule: "scope", text: "this key of source \(sourceName) has not the scope \(scope.rawValue)")
    }

    /// Whether this may be sent at all; the permit says to which countries.
    package func permit(_ send: ProposedSend) throws(AccessRefusal) -> UsePermit {
        try require(.send(send.category))
        if send.priority == .critical { try require(.priorityCritical) }
        let permit = try uses.check(send)
        if let pause, !pause.spares(send.category, send.priority) {
            throw pause.refusal(source: sourceName, tenant: tenantName)
        }
        return permit
    }
}
