import Domain
import Foundation

/// How a file is to be read.
package struct UploadOptions: Sendable {
    package var addressKind: AddressKind
    /// Addresses for other channels, where the file has them.
    package var further: [AddressField] = []
    /// Where rows have an external id it tells them apart; `dedupe` does otherwise.
    package var prefersExternalID = false
    /// Where phone numbers without a country code belong; `.none` where they can't be read.
    package var defaultRegion: Region
    /// Roles, or names for templates, to headers: `--map`.
    package var columns: [String: String]
    /// `--delimiter`; nil to find it out.
    package var delimiter: UInt8?
    package var hasHeader: Bool
    package var dedupe: DedupeKey
    package var hashing: any RecipientHashing
    /// What compresses and seals; nil leaves bodies as they are.
    package var sealing: (any ShardSealing)?
    package var required: any RequiredFields
    /// Where to it may be sent; nil: everywhere. Addresses that tell no country are in none.
    package var countries: Set<Region>?
    /// The same for the further addresses; what is not named may go everywhere.
    package var furtherCountries: [AddressField: Set<Region>] = [:]
    package var workers: Int
    package var limits = ScanLimits()
    /// How much a gzip file may grow to, in bytes.
    package var expandedLimit = 64 << 30
    /// Where hashes go when there are more than `rowsInMemory`.
    package var temporaryFolder: String
    package var rowsInMemory = 1 << 20

    package init(
        addressKind: AddressKind, defaultRegion: Region = .none, columns: [String: String] = [:],
        delimiter: UInt8? = nil, hasHeader: Bool = true, dedupe: DedupeKey = .address,
        hashing: any RecipientHashing, sealing: (any ShardSealing)? = nil,
        required: any RequiredFields = NoRequiredFields(),
        workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        temporaryFolder: String = FileManager.default.temporaryDirectory.path
    ) {
        self.addressKind = addressKind
        self.defaultRegion = defaultRegion
        self.columns = columns
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.dedupe = dedupe
        self.hashing = hashing
        self.sealing = sealing
        self.required = required
        self.workers = max(1, workers)
        self.temporaryFolder = temporaryFolder
    }
}
