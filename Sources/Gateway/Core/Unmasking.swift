import Domain
import HTTPServer
import Storage

/// What of a person's data a request asks to see by name. Asking needs a scope of its own, and is written down before
/// anything is shown.
enum Unmasking: String, CaseIterable, Sendable {
    /// The whole address.
    case to
    /// The text as it was sent; that of a one-time password with its data masked.
    case text
    /// A one-time password's text as it was sent.
    case code

    /// The names in the parameter `unmask`, in a list with commas.
    static func asked(_ call: APICall, among allowed: [Unmasking]) throws -> Set<Unmasking> {
        guard let text = call.request.parameter("unmask") else { return [] }
        var asked: Set<Unmasking> = []
        for word in text.split(separator: ",") {
            guard let name = Unmasking(rawValue: String(word)), allowed.contains(name) else {
                throw Problem.invalid(
                    "unmask", "choice", "unmask must be a list of \(allowed.map(\.rawValue).joined(separator: ", ")).")
            }
            asked.insert(name)
        }
        if !asked.isEmpty { try call.caller.require(.messagesUnmask) }
        return asked
    }
}

extension APICall {
    func auditUnmasking(_ shown: Set<Unmasking>, _ subject: String) async throws {
        guard !shown.isEmpty else { return }
        try await AuditStore(database: database).add([
            AuditEntry(
                "message.unmask", subject, by: audit, tenant: caller.tenant,
                after: ["shown": .words(shown.map(\.rawValue).sorted())])
        ])
    }
}
