import Domain
import Storage

/// All that is known of one message: its rows in the ledger and the calls that carried it.
struct MessageTrace {
    private let rows: [LedgerEntry]
    private let calls: [CallEntry]

    init(_ message: MessageID, _ installation: Installation) async throws {
        rows = try await installation.ledger.trace(message)
        calls = try await installation.calls.calls(of: message)
    }

    var isEmpty: Bool { rows.isEmpty && calls.isEmpty }

    func show(on screen: Screen) {
        LedgerText.show(rows, on: screen)
        CallText.show(calls, on: screen)
    }

    var json: JSON { ["ledger": .array(rows.map(LedgerText.json)), "calls": .array(calls.map(CallText.json))] }
}
