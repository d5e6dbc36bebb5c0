import Domain

/// One ledger row as it is read back, its address unsealed.
package struct LedgerEntry: Sendable, Hashable {
    package let message: MessageID
    package let at: Timestamp
    package let campaign: Int64
    package let campaignName: String
    package let tenant: Int64
    package let tenantName: String
    package let channel: Channel
    package let provider: String
    package let attempt: Int16
    package let segments: Int32
    package let state: MessageState
    package let final: Bool
    /// The state that this row corrects.
    package let was: MessageState?
    package let country: String
    package let cost: Int64
    package let currency: String
    package let reason: String
    package let reference: String
    package let recipient: String
}
