import Domain
import HTTPServer
import Storage

/// `POST /v1/webhooks/{id}/replay`: one event, those of a time, or those that were given up, once more.
enum ReplayWebhook {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let what = try await call.fields { read($0, now: call.now) }
        let access = WebhookAccess(call)
        let endpoint = try await access.endpoint()
        guard endpoint.state == .active else {
            throw Problem(.wrongState, "The webhook is disabled. Enable it first, then replay.")
        }
        let count = try await access.store.replay(what, to: endpoint, audit: call.audit)
        return .json(["events": .int(Int64(count))])
    }

    private static func read(_ reader: FieldReader, now: Timestamp) -> WebhookReplay {
        let event = reader.text("event").map { WebhookDelivery.event(named: $0) ?? 0 }
        let since = reader.time("since")
        let until = reader.time("until")
        let givenUp = reader.flag("given_up") ?? false
        if event == 0 { reader.fault("event", "form", "event must be an id such as evt_123.") }
        if [event != nil, since != nil, givenUp].count(where: \.self) != 1 {
            reader.fault("since", "required", "Say one of event, since or given_up: what to replay.")
        }
        if until != nil, since == nil { reader.fault("until", "conflict", "until needs since.") }
        if let since, let until, until <= since { reader.fault("until", "range", "until must be later than since.") }
        if let event { return .event(event) }
        if let since { return .stored(from: since, until: until ?? now) }
        return .givenUp
    }
}
