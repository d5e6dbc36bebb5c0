import Domain

/// What one segment (or one message, where the channel has no segments) costs with a provider.
package struct Price: Sendable, Hashable {
    package let id: Int64
    package let provider: Int64
    package let providerName: String
    package let channel: Channel
    /// Digits after the `+`; empty for every number.
    package let prefix: String
    /// For messages of so many segments and more.
    package let segmentsFrom: Int32
    /// For units after the first so many of a month.
    package let volumeAfter: Int64
    package let micros: Int64
    package let currency: String
    package let validFrom: String
    /// The first day on which it no longer holds.
    package let validTo: String?

    init(row: PostgresRow) throws(StorageError) {
        id = try row.int("id")
        provider = try row.int("provider")
        providerName = try row.text("provider_name")
        guard let channel = Channel(code: try row.int("channel")) else { throw .malformed("price channel") }
        self.channel = channel
        prefix = try row.text("prefix")
        segmentsFrom = Int32(truncatingIfNeeded: try row.int("segments_from"))
        volumeAfter = try row.int("volume_after")
        micros = try row.int("micros")
        currency = try row.text("currency")
        validFrom = try row.text("valid_from_text")
        validTo = try row.optionalText("valid_to_text")
    }
}
