import Domain
import Senders
import Storage

/// Who reads the callbacks of each account. Some carry in themselves how they are read; the others are their provider's.
package struct ReceiptReaders: Sendable {
    package typealias Reading = @Sendable (ProviderCallback) throws -> [ReceiptEvent]

    private let own: [String: Reading]

    /// `own` reads callbacks of a kind without the account's settings.
    package init(own: [String: Reading] = [:]) {
        var own = own
        own[ImportedReceipt.kind] = { try ImportedReceipt.events($0) }
        own[SMPPReceipts.kind] = { SMPPReceipts.read($0) }
        self.own = own
    }

    /// How the callbacks of these accounts are read.
    package func table(for accounts: [ProviderAccount]) -> Table {
        var readers: [Int64: Result<any CallbackReader, UnreadableCallback>] = [:]
        for account in accounts {
            do {
                let reader = try ProviderCatalogue.callbacks(kind: account.kind, settings: account.settings)
                readers[account.id] =
                    reader.map { .success($0) }
                    ?? .failure(UnreadableCallback("a provider of the kind “\(account.kind)” calls nobody back"))
            } catch {
                readers[account.id] = .failure(UnreadableCallback("the provider's settings are not usable"))
            }
        }
        return Table(own: own, readers: readers)
    }

    package struct Table: Sendable {
        fileprivate let own: [String: Reading]
        fileprivate let readers: [Int64: Result<any CallbackReader, UnreadableCallback>]

        package func events(_ callback: ProviderCallback, of account: Int64) throws -> [ReceiptEvent] {
            if let read = own[callback.kind] { return try read(callback) }
            guard let reader = readers[account] else { throw UnreadableCallback("the provider was removed") }
            return try reader.get().events(callback)
        }
    }
}
