/// Scopes of a key with what they bring along: writing brings reading, `admin` all that manages.
package struct ScopeSet: Sendable, Hashable {
    private var bits: UInt64 = 0

    package init(_ scopes: some Sequence<Scope>) {
        for scope in scopes {
            insert(scope)
            if let reading = scope.reading { insert(reading) }
            guard scope == .admin else { continue }
            for other in Scope.allCases where other.isManagement { insert(other) }
        }
    }

    package func contains(_ scope: Scope) -> Bool { bits & Self.bit(scope) != 0 }

    /// Whether it may send anything at all.
    package var sends: Bool { bits & Self.sending != 0 }

    private mutating func insert(_ scope: Scope) { bits |= Self.bit(scope) }

    private static func bit(_ scope: Scope) -> UInt64 { 1 << (places[scope] ?? 63) }

    private static let places = Dictionary(
        uniqueKeysWithValues: Scope.allCases.enumerated().map { ($0.element, UInt64($0.offset)) })
    private static let sending = Scope.allCases.filter(\.sends).reduce(UInt64(0)) { $0 | bit($1) }
}
