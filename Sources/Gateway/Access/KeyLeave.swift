import Domain
import Storage

/// What keys a key may make: none that can do what it can't, none that holds where or when it does not itself.
struct KeyLeave: Sendable {
    private let caller: Caller
    private let own: APIKey

    init(_ call: APICall) async throws {
        caller = call.caller
        guard let own = try await KeyRoutes.store(call).key(call.caller.keyID) else {
            throw Problem(.unauthorized, "This key has ended.")
        }
        self.own = own
    }

    func check(scopes: [Scope], isTest: Bool) throws(AccessRefusal) {
        if let scope = scopes.first(where: { !caller.scopes.contains($0) }) {
            throw AccessRefusal(
                rule: "key.scopes", text: "this key has not the scope \(scope.rawValue) and can't give it to another")
        }
        if caller.isTest, !isTest {
            throw AccessRefusal(rule: "key.test", text: "a test key makes test keys only")
        }
    }

    /// Nil: for ever.
    func expiry(_ asked: Timestamp?) throws(AccessRefusal) -> Timestamp? {
        guard let end = own.expiresAt else { return asked }
        guard (asked ?? end) <= end else {
            throw AccessRefusal(
                rule: "key.expiry", text: "this key ends at \(end), and one that it makes ends no later")
        }
        return asked ?? end
    }

    /// From where the new key may be used, of what was asked for.
    func networks(_ asked: [NetworkRange]) throws -> [NetworkRange] {
        guard !own.networks.isEmpty else { return asked }
        guard asked.allSatisfy({ own.networks.contains($0.description) }) else {
            throw AccessRefusal(
                rule: "key.networks",
                text: "this key holds in \(own.networks.joined(separator: ", ")), and one that it makes in no others")
        }
        guard asked.isEmpty else { return asked }
        return try own.networks.map { try NetworkRange($0) }
    }
}
