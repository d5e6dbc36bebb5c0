import Domain
import Foundation
import Jobs
import Storage
import Testing

@testable import Gateway

/// Two tenants' messages in the ledger and in archives, in a folder that is gone with this value.
final class ArchivedLedger: Sendable {
    let bench: GatewayBench
    let folder = FileManager.default.temporaryDirectory.appending(path: "herald-archives-\(UUID().uuidString)").path
    private var ledger: LedgerStore { LedgerStore(database: bench.database, keys: bench.keys) }

    init(searchLimit: Duration = LedgerStore.searchLimit) async throws {
        bench = try await GatewayBench(searchLimit: searchLimit)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func send(_ to: String, key: String) async throws -> String {
        let sent = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"\#(to)","template":"code","data":{"code":"483920"},"category":"transactional"}"#, key: key)
        let id = try #require(sent.ids.first, "\(sent.text)")
        _ = try await bench.message(id, is: "sent", key: key)
        return id
    }

    /// All that the ledger has goes into a file of its own. Returns the file.
    @discardableResult
    func archive() async throws -> String {
        let known = try await ArchiveStore(ledger: ledger).list()
        #expect(try await ledger.rotateSlices(above: -1))
        // The worker has seen it: in a real ledger a slice is left alone for longer.
        let open = try await ledger.currentSlice().number
        try await bench.eventually { try await bench.contexts.currentParts().slice.number == open }
        #expect(try await ledger.sealSlices(closedFor: .zero) == 1)
        let outcomes = try await ArchiveRun(
            ArchiveStore(ledger: ledger), into: folder, olderThan: .now + .seconds(3600)
        ).run()
        let new = try await ArchiveStore(ledger: ledger).list().filter { !known.contains($0) }
        return try #require(new.first?.path, "\(outcomes)")
    }

    /// The numbers of the messages on a page.
    func messages(_ answer: GatewayBench.Answer) -> [String] {
        (answer["items"]?.arrayValue ?? []).compactMap { $0["message"]?.stringValue }
    }
}
