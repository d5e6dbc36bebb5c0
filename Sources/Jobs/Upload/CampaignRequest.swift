import Domain
import Ingest
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
    package var dedupe: DedupeKey = .address
    /// Where to its source may send; nil: everywhere.
    package var countries: Set<Region>?

    package init(tenant: Tenant, template: TemplateVersion, name: String, category: Category, input: UploadInput) {
        self.tenant = tenant
        self.template = template
        self.name = name
        self.category = category
        self.input = input
        region = tenant.region
    }

    func options(key: TenantKey, required: any RequiredFields, sealing: (any ShardSealing)?) -> UploadOptions {
        var options = UploadOptions(
            addressKind: template.channel.addressKind, defaultRegion: region, columns: columns, delimiter: delimiter,
            hasHeader: hasHeader, dedupe: dedupe, hashing: TenantHashing(key: key), sealing: sealing)
        options.required = required
        options.countries = countries
        return options
    }
}
