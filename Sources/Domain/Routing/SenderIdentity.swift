/// A sender's name or number, and for whom, where and through whom it is shown.
///
/// The most specific wins: a tenant's own before a shared one; then one for country and provider, for the country,
/// for the provider, for neither.
package struct SenderIdentity: Sendable, Hashable {
    package var id: Int64
    /// Nil: for every tenant.
    package var tenant: Int64?
    package var channel: Channel
    /// `.none`: in every country.
    package var country: Region
    /// Nil: with every provider.
    package var provider: Int64?
    package var value: String

    package init(
        id: Int64 = 0, tenant: Int64? = nil, channel: Channel, country: Region = .none, provider: Int64? = nil,
        value: String
    ) {
        self.id = id
        self.tenant = tenant
        self.channel = channel
        self.country = country
        self.provider = provider
        self.value = value
    }

    /// Of two that fit a message the one with the higher rank is shown.
    package var rank: Int { (tenant == nil ? 0 : 4) + (country == .none ? 0 : 2) + (provider == nil ? 0 : 1) }
}
