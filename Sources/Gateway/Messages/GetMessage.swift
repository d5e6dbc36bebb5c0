import Domain
import HTTPServer
import Jobs
import Storage

/// `GET /v1/messages/{id}`: one message with its trace; what is asked for by name unmasked.
enum GetMessage {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let id = MessageID(rawValue: try call.number("id"))
        let view = try await MessageView(id, call)
        try refuseUnreadable(view.trace)
        let shown = try Unmasking.asked(call, among: Unmasking.allCases)
        try await call.auditUnmasking(shown, String(id.rawValue))
        var json = view.json(now: call.now, withTrace: true, isWhole: shown.contains(.to))
        guard shown.contains(.text) || shown.contains(.code), var object = json.objectValue else { return .json(json) }
        do {
            object["text"] = try await MessageText.read(
                view.trace, showsCode: shown.contains(.code), database: call.database,
                keys: call.keys
            ).json
        } catch let gone as MessageText.Gone { object["text"] = ["gone": .string(gone.description)] }
        json = .object(object)
        return .json(json).adding([("Cache-Control", "no-store")])
    }

    /// Of a message that can only be in an archive that can't be read nobody knows where it stands, or whether there is one.
    private static func refuseUnreadable(_ trace: MessageTrace) throws(Problem) {
        guard let fault = trace.archiveFaults.first, trace.rows.isEmpty, trace.calls.isEmpty, trace.acceptance == nil
        else { return }
        throw Problem(
            .unavailable, "The message may be in an archive that can't be read: \(fault.withoutFolder)",
            rule: "archive")
    }
}
