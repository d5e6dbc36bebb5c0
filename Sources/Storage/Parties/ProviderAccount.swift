import Domain

/// An account with a provider, its settings unsealed.
package struct ProviderAccount: Sendable, Hashable {
    package let id: Int64
    package let name: String
    /// `sandbox`, `http`.
    package let kind: String
    /// The only tenant that may use it; nil where it is shared by all.
    package let tenant: Int64?
    /// As JSON. Holds credentials: never printed, never logged.
    package let settings: String
    /// Since when a person has it out of use; nil while it is in.
    package var outSince: Timestamp?

    package init(
        id: Int64, name: String, kind: String, tenant: Int64?, settings: String, outSince: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.tenant = tenant
        self.settings = settings
        self.outSince = outSince
    }
}
