import Domain
import Storage

/// Says, window by window, who must not be sent to.
package protocol RecipientPolicy: Sendable {
    /// The snapshot that this is as new as.
    var horizon: Int64 { get }

    /// Takes in what was committed up to the opening of a window.
    func refresh(with grant: WindowGrant) async throws

    /// For each recipient the reason why not, or nil.
    func refusals(
        of recipients: [PolicyQuestion], ahead: () -> [PolicyQuestion], addresses: [UInt8], channel: Channel,
        category: Category
    ) async throws -> [String?]
}

/// One recipient that is asked about; the address stands in a shared buffer.
package struct PolicyQuestion: Sendable {
    package let address: FieldRange
    package let region: Region
    package let hash: RecipientHash

    package init(address: FieldRange, region: Region, hash: RecipientHash) {
        self.address = address
        self.region = region
        self.hash = hash
    }
}
