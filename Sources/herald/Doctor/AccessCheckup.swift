import Domain
import Storage

/// Keys that end, sources that can't ask, webhooks that nobody hears, and what was stopped and maybe forgotten.
struct AccessCheckup {
    let installation: Installation
    let now: Timestamp

    init(installation: Installation, now: Timestamp = .now) {
        self.installation = installation
        self.now = now
    }

    private static let warning: Duration = .seconds(14 * 86_400)
    /// More of a sort are counted.
    private static let most = 5

    func findings() async throws -> [Finding] {
        let keys = try await installation.access.keys()
        let sources = try await installation.parties.sources()
        var findings = expiring(keys)
        findings += without(keys, sources)
        findings += sources.compactMap { source in
            source.pause.map {
                .note(
                    "source",
                    "“\(source.name)” of \(source.tenantName) is paused since \($0.since) by \($0.by). Run: herald source resume \(source.name) --tenant \(source.tenantName)"
                )
            }
        }
        findings += try await webhooks()
        findings += try await installation.providers.providers().filter { $0.outSince != nil }.map {
            .note("provider", "“\($0.name)” was taken out of use. Run: herald provider in \($0.name)")
        }
        findings += try await currencies()
        let open = try await installation.alerts.alerts(isOpen: true, limit: 100).filter {
            $0.partOf == nil && $0.acknowledgedAt == nil
        }
        if !open.isEmpty {
            findings.append(
                .note("alerts", "\(grouped(open.count)) open that nobody looks after. Run: herald alert list"))
        }
        return findings
    }

    private func expiring(_ keys: [APIKey]) -> [Finding] {
        let ending = keys.filter { key in
            guard key.revokedAt == nil, let end = key.expiresAt else { return false }
            // Long over is forgotten.
            return end - now < Self.warning && now - end < Self.warning
        }
        return listed(ending) { key in
            let end = key.expiresAt ?? now
            let whose = "of “\(key.sourceName)” of \(key.tenantName)"
            let make =
                "Run: herald key add --source \(key.sourceName) --tenant \(key.tenantName) --scope \(key.scopes.joined(separator: ","))"
            return end <= now
                ? .wrong("key", "\(key.shown) \(whose) has expired. \(make)")
                : .note("key", "\(key.shown) \(whose) expires in \(Int((end - now).seconds) / 86_400) days. \(make)")
        }
    }

    /// Where a tenant uses the API at all, a source without a key was forgotten.
    private func without(_ keys: [APIKey], _ sources: [Source]) -> [Finding] {
        let live = keys.filter { $0.revokedAt == nil && ($0.expiresAt.map { $0 > now } ?? true) }
        let tenants = Set(live.map(\.tenant))
        let holders = Set(live.map(\.source))
        return listed(sources.filter { tenants.contains($0.tenant) && !holders.contains($0.id) }) {
            .note(
                "source",
                "“\($0.name)” of \($0.tenantName) has no key: it can't use the API. Run: herald key add --source \($0.name) --tenant \($0.tenantName) --scope send:transactional"
            )
        }
    }

    private func webhooks() async throws -> [Finding] {
        listed(try await installation.webhooks.endpoints().filter { $0.state == .disabled || $0.failingSince != nil }) {
            endpoint in
            let what = "webhook \(endpoint.id) of \(endpoint.tenantName)"
            guard endpoint.state == .disabled else {
                return .note(
                    "webhook",
                    "\(what) fails since \(endpoint.failingSince ?? now): \(endpoint.note) Run: herald webhook test \(endpoint.id)"
                )
            }
            return .wrong("webhook", "\(what) is disabled: \(endpoint.note) Run: herald webhook enable \(endpoint.id)")
        }
    }

    /// Prices in several currencies, and no way to add them up.
    private func currencies() async throws -> [Finding] {
        let missing = try await installation.database.run { session in
            try session.query(
                """
                SELECT DISTINCT p.currency FROM price p
                 WHERE (p.valid_to IS NULL OR p.valid_to > now()) AND (SELECT count(DISTINCT currency) FROM price) > 1
                   AND NOT EXISTS (SELECT FROM exchange_rate r WHERE p.currency IN (r.from_currency, r.to_currency)) ORDER BY 1
                """
            ).map { try $0.text("currency") }
        }
        guard !missing.isEmpty else { return [] }
        return [
            .note(
                "rates",
                "there are prices in \(missing.joined(separator: ", ")) and no rate of exchange: reports can't add them up. Run: herald rate add --help"
            )
        ]
    }

    private func listed<T>(_ all: [T], _ finding: (T) -> Finding) -> [Finding] {
        var findings = all.prefix(Self.most).map(finding)
        if all.count > Self.most, let last = findings.last {
            findings.append(.note(last.subject, "and \(grouped(all.count - Self.most)) more like these"))
        }
        return findings
    }
}
