import Domain
import HTTPServer
import Senders
import Storage
import Synchronization

/// Who reads the callbacks of each provider account, out of memory.
package final class CallbackReaders: Sendable {
    package struct Account: Sendable {
        package let kind: String
        /// Nil for one that never calls back.
        package let reader: (any CallbackReader)?
    }

    private let store: ProviderStore
    /// Where providers reach us; their signatures cover it.
    private let publicURL: String?
    private let state = Mutex<(accounts: [String: Account], read: ContinuousClock.Instant)?>(nil)
    private static let lifetime: Duration = .seconds(60)

    package init(store: ProviderStore, publicURL: String?) {
        self.store = store
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// The configuration changed.
    package func forget() { state.withLock { $0 = nil } }

    func account(named name: String) async throws -> Account? {
        if let known = state.withLock({ $0 }), known.read.duration(to: .now) < Self.lifetime {
            return known.accounts[name]
        }
        var accounts: [String: Account] = [:]
        for account in try await store.providers() {
            accounts[account.name] = Account(
                kind: account.kind,
                reader: (try? ProviderCatalogue.callbacks(kind: account.kind, settings: account.settings)) ?? nil)
        }
        let found = accounts
        state.withLock { $0 = (found, .now) }
        return found[name]
    }

    /// The whole address as the provider called it.
    func url(of request: HTTPRequest) -> String {
        let base = publicURL ?? "https://\(request.headers["host"] ?? "localhost")"
        return base + request.rawTarget
    }
}
