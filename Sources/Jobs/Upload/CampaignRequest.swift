import Domain
import Ingest
import Senders
import Storage

/// A campaign that somebody wants: a file, whom it is for, and how to send it.
package struct CampaignRequest: Sendable {
    package var tenant: Tenant
    package var source: Int64?
    package var template: TemplateVersion
    package var name: String
    package var category: Category
    package var priority: Priority?
    package var dueAt: Timestamp?
    package var overdueLimit: Duration?
    package var expiry: Duration?
    /// Send although the same recipients had this template within a day.
    package var again = false
    package var input: UploadInput
    package var region: Region
    package var columns: [String: String] = [:]
    package var delimiter: UInt8?
    package var hasHeader = true
    /// Where to its source may send, by channel; what is not named: everywhere.
    package var countries: [Channel: Set<Region>] = [:]
    /// Nil: the address; with several channels the external id where there is one.
    package var dedupe: DedupeKey?
    /// The channels that follow the template's own, or from which the cheapest is chosen.
    package var channels: [Channel] = []
    package var isCheapest = false
    /// How much a packed file may grow to, in bytes; nil: as files of one's own may.
    package var expandedLimit: Int?

    package init(tenant: Tenant, template: TemplateVersion, name: String, category: Category, input: UploadInput) {
        self.tenant = tenant
        self.template = template
        self.name = name
        self.category = category
        self.input = input
        region = tenant.region
    }

    /// What routing rules are asked for it.
    package var question: RouteQuestion {
        RouteQuestion(
            tenant: tenant.id, source: source, channel: template.channel, category: category,
            priority: priority ?? category.defaultPriority)
    }

    /// `alternates` are the channels that rules may name to follow.
    func options(
        key: TenantKey, required: any RequiredFields, sealing: (any ShardSealing)?, alternates: Set<Channel>
    ) -> UploadOptions {
        var options = UploadOptions(
            addressKind: template.channel.addressKind, defaultRegion: region, columns: columns, delimiter: delimiter,
            hasHeader: hasHeader, dedupe: dedupe ?? .address, hashing: TenantHashing(key: key), sealing: sealing)
        options.required = required
        if let expandedLimit { options.expandedLimit = expandedLimit }
        options.countries = permitted(template.channel.addressField)
        for channel in channels {
            options.furtherCountries[channel.addressField] = permitted(channel.addressField)
        }
        for channel in channels + alternates.sorted(by: { $0.code < $1.code })
        where channel.addressField != template.channel.addressField && !options.further.contains(channel.addressField) {
            options.further.append(channel.addressField)
        }
        options.prefersExternalID = dedupe == nil && !channels.isEmpty
        return options
    }

    /// Where all channels that use an address may lead to; nil: everywhere.
    private func permitted(_ field: AddressField) -> Set<Region>? {
        var permitted: Set<Region>?
        for channel in [template.channel] + channels where channel.addressField == field {
            guard let countries = countries[channel] else { continue }
            permitted = permitted?.intersection(countries) ?? countries
        }
        return permitted
    }
}
