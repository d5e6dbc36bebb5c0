import Domain
import Foundation
import Storage

/// What people type about keys.
enum KeyInput {
    static func scopes(_ arguments: Arguments) throws -> [Scope] {
        let all = Scope.allCases.map(\.rawValue).joined(separator: ", ")
        guard arguments.text("scope") != nil else {
            throw CommandError.usage("--scope is missing: one or more of \(all).")
        }
        var scopes: [Scope] = []
        for word in try arguments.list("scope") {
            guard let named = Scope.named(word) else {
                throw CommandError.usage("There is no scope “\(word)”; there are \(all), and groups such as keys:*.")
            }
            for scope in named where !scopes.contains(scope) { scopes.append(scope) }
        }
        return scopes
    }

    static func expiry(_ arguments: Arguments, now: Timestamp) throws -> Timestamp? {
        guard let text = arguments.text("expires") else { return nil }
        let isLength = text.last.map { "smhd".contains($0) } ?? false
        let end =
            isLength ? now + (try TimeText.duration(text)) : try TimeText.instant(text, zone: "UTC", now: now, as: .end)
        guard end > now else { throw CommandError.usage("--expires must lie ahead; “\(text)” is over.") }
        return end
    }

    static func networks(_ text: String) throws -> [NetworkRange] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let word = part.trimmingBlanks
            do throws(NetworkRange.Fault) { return try NetworkRange(word) } catch {
                switch error {
                case .unreadable:
                    throw CommandError.usage(
                        "--network takes networks such as 10.0.0.0/8 or 2001:db8::/32, not “\(word)”.")
                case .loose(let meant):
                    throw CommandError.usage("--network: “\(word)” has bits beyond its length. Is \(meant) meant?")
                }
            }
        }
    }

    /// The public name of a key, alone or as part of the whole.
    static func id(_ text: String) throws -> APIKeyID {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        let name = parts.count >= 3 && parts[0] == "hk" ? parts[2] : text[...]
        guard let id = APIKeyID(name) else {
            throw CommandError.usage("That is no name of a key; `herald key list` shows them.")
        }
        return id
    }
}

extension Arguments {
    /// Who sits at the command line.
    var audit: AuditOrigin {
        let user = environment["SUDO_USER"] ?? NSUserName()
        return AuditOrigin(actor: user, origin: "command line on \(ProcessInfo.processInfo.hostName)")
    }
}

extension Installation {
    var access: AccessStore { AccessStore(database: database) }
    var sourceRules: SourceRuleStore { SourceRuleStore(database: database) }

    func key(_ text: String) async throws -> APIKey {
        guard let key = try await access.key(try KeyInput.id(text)) else {
            throw CommandError.failed("There is no such key. `herald key list` shows them.")
        }
        return key
    }

    /// A source by name; of the tenant that is said, or the only one of that name.
    func source(_ name: String, _ arguments: Arguments) async throws -> Source {
        let tenant = arguments.text("tenant") == nil ? nil : try await self.tenant(arguments)
        let found = try await parties.sources(tenant: tenant?.id).filter { $0.name == name }
        guard let source = found.first else {
            if let tenant {
                throw CommandError.failed(
                    "There is no source “\(name)” of \(tenant.name). `herald source list --tenant \(tenant.name)` shows them."
                )
            }
            throw CommandError.failed(
                "There is no source “\(name)”. `herald source list` shows them; `herald source add \(name) --tenant T` makes it."
            )
        }
        guard found.count == 1 else {
            let whose = found.map(\.tenantName).joined(separator: ", ")
            throw CommandError.failed("Several tenants have a source “\(name)”: \(whose). Say which with --tenant.")
        }
        return source
    }
}
