import Domain
import HTTPServer
import Jobs
import Storage

/// `/v1/messages`.
enum MessageRoutes {
    static func routes(_ secured: SecuredRoutes, _ scheduled: ScheduledMessage) -> [Route] {
        [
            secured.route(.post, "/v1/messages", "sendMessages", body: .whole(limit: SendMessages.bodyLimit)) {
                try await SendMessages().handle($0)
            },
            secured.route(.get, "/v1/messages", "listMessages") { try await MessageList(call: $0).response() },
            secured.route(.get, "/v1/messages/{id}", "getMessage") { try await GetMessage.handle($0) },
            secured.route(.post, "/v1/messages/{id}/cancel", "cancelMessage") { call in
                let id = MessageID(rawValue: try call.number("id"))
                let view = try await MessageView(id, call)
                guard call.caller.scopes.sends else { throw AccessRefusal.scope(.sendTransactional, call.caller) }
                guard try await scheduled.cancel(id, now: call.now) else {
                    throw Problem(
                        .wrongState, "The message can't be cancelled any more: it is \(view.status(now: call.now)).")
                }
                return .json(try await MessageView(id, call).json(now: call.now))
            },
        ]
    }
}
