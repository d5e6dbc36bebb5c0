/// The parts of the tables that a shard's rows go to.
package struct OpenParts: Sendable, Hashable {
    package let slice: LedgerSlice
    /// Nil: calls are not logged.
    package let calls: DayPart?
    /// Nil: further references are not kept.
    package let references: DayPart?
    /// Nil: nobody is told of anything.
    package let webhooks: DayPart?

    package init(
        slice: LedgerSlice, calls: DayPart? = nil, references: DayPart? = nil, webhooks: DayPart? = nil
    ) {
        self.slice = slice
        self.calls = calls
        self.references = references
        self.webhooks = webhooks
    }
}
