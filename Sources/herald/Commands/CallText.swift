import Domain
import Senders
import Storage

/// Calls to providers as people and machines read them.
enum CallText {
    static func show(_ calls: [CallEntry], on screen: Screen) {
        guard !calls.isEmpty else { return }
        let isTraced = calls.contains { $0.trace != nil }
        screen.line()
        screen.table(
            ["CALL AT", "PROVIDER", "TRY", "MESSAGES", "TOOK", "STATUS", "OUTCOME", "REPLY"]
                + (isTraced ? ["TRACE"] : []),
            calls.map { call in
                [
                    call.at.description, call.provider, String(call.attempt), grouped(call.messages),
                    milliseconds(call.duration), call.status == 0 ? "" : String(call.status), outcome(call), call.reply,
                ] + (isTraced ? [call.trace ?? ""] : [])
            }, rightAligned: [2, 3, 4, 5])
    }

    static func json(_ call: CallEntry) -> JSON {
        [
            "at": .string(call.at.description), "provider": .string(call.provider),
            "attempt": .int(Int64(call.attempt)),
            "messages": .int(Int64(call.messages)), "duration_us": .int(call.duration.wholeMicroseconds),
            "status": .int(Int64(call.status)), "outcome": .string(outcome(call)), "reply": .string(call.reply),
            "trace": call.trace.map { .string($0) } ?? .null,
        ]
    }

    private static func outcome(_ call: CallEntry) -> String { Outcome.Kind(rawValue: call.kind)?.word ?? "" }

    private static func milliseconds(_ duration: Duration) -> String {
        let micros = duration.wholeMicroseconds
        return "\(grouped(micros / 1000)).\(pad(Int(micros % 1000), 3)) ms"
    }
}
