import Domain

/// One provider account that takes rendered messages.
///
/// A batch goes in, one outcome for each message comes out, in the same order. A provider never throws
/// and never retries: what failed is an outcome, and whoever owns the message decides what follows.
/// Before each request it asks its witness; once that says no (the lease has run out, the provider is out),
/// the rest of the batch comes back as `notSent`.
package protocol Provider: Sendable {
    var name: String { get }
    func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome]
}
