import Domain
import HTTPServer
import Senders
private import Synchronization

/// The sandbox's answers, without the socket.
final class SandboxHandler: Sendable {
    private let state: Mutex<SandboxState>
    private let log: CallLog?
    private let delays = DelayQueue()
    private let startedAt = ContinuousClock.now

    init(_ options: SandboxOptions) throws(SandboxError) {
        state = Mutex(SandboxState(options, now: .zero))
        if let path = options.logPath { log = try CallLog(path: path) } else { log = nil }
    }

    func start() {
        delays.start()
        log?.start()
    }

    func stop() {
        log?.stop()
        delays.stop()
    }

    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        switch request.path {
        case "/send": send(request, PlainForm())
        case "/control": .now(control(request))
        case "/log/count": .now(.json(counts()))
        case "/health": .now(.json(Array("{\"status\":\"ok\"}\n".utf8)))
        case "/token": .now(GoogleTokens.answer(request))
        default: vendor(request)
        }
    }

    private func vendor(_ request: HTTPRequest) -> HTTPAnswer {
        if let form = TwilioForm(request) { return send(request, form) }
        if let form = SendGridForm(request) { return send(request, form) }
        if let form = FCMForm(request) { return send(request, form) }
        return .now(
            .text(
                404,
                """
                There are POST /send, GET and POST /control, GET /log/count and GET /health; as Twilio \
                POST /2010-04-01/Accounts/AC…/Messages.json and Calls.json, as SendGrid POST /v3/mail/send, as \
                Firebase POST /token and /v1/projects/…/messages:send.\n
                """))
    }

    private func send(_ request: HTTPRequest, _ form: some WireForm) -> HTTPAnswer {
        let group: [SandboxCall]
        switch form.calls(request) {
        case .success(let calls): group = calls
        case .failure(let refusal): return .now(refusal.response)
        }
        guard let first = group.first else { return .now(.text(400, "There is no recipient.\n")) }
        let now = ContinuousClock.now - startedAt
        let (decision, price, retryAfter) = state.withLock { state in
            let decision = state.decide(group, now: now)
            return (decision, state.behaviour.price(segments: first.segments), state.behaviour.settings.retryAfter)
        }
        let reference = form.reference(decision.reference)
        let wire = WireAnswers(
            accepted: form.accepted(first, reference: reference, price: price),
            refused: { form.refused($0, group[decision.culprit]) })
        let reply = SandboxReply(decision, wire, retryAfter: retryAfter, delays: delays)
        if log == nil, decision.latency <= .zero {
            if case .respond(let response) = reply { return .now(response) }
            if case .drop = reply { return .drop }
        }
        return .later { [self] pending in
            guard let log else { return finish(pending, reply, after: decision.latency) }
            log.append(CallLine.text(group, decision, reference: reference)) { [self] written in
                guard written else { return pending.answer(.text(500, "The call log cannot be written.\n")) }
                finish(pending, reply, after: decision.latency)
            }
        }
    }

    private func finish(_ pending: PendingAnswer, _ reply: SandboxReply, after latency: Duration) {
        switch reply {
        case .respond(let response): later(latency) { pending.answer(response) }
        case .drop: later(latency) { pending.drop() }
        case .hold(let duration): later(latency + duration) { pending.drop() }
        case .respondLate(let response, let lateness): later(latency + lateness) { pending.answer(response) }
        }
    }

    private func later(_ delay: Duration, _ work: @escaping @Sendable () -> Void) {
        if delay > .zero { delays.after(delay, work) } else { work() }
    }

    private func counts() -> [UInt8] {
        let (calls, taken, replays, counts) = state.withLock { ($0.calls, $0.taken, $0.replays, $0.counts) }
        var body: [UInt8] = []
        body.append("{\"calls\":")
        body.append(decimal: Int64(calls))
        body.append(",\"taken\":")
        body.append(decimal: Int64(taken))
        body.append(",\"replays\":")
        body.append(decimal: Int64(replays))
        body.append(",\"answered\":{")
        for (index, verdict) in SandboxVerdict.allCases.filter({ counts[$0] != nil }).enumerated() {
            if index > 0 { body.append(",") }
            body.append(jsonString: Array(verdict.rawValue.utf8))
            body.append(":")
            body.append(decimal: Int64(counts[verdict] ?? 0))
        }
        body.append("}}\n")
        return body
    }

    private func control(_ request: HTTPRequest) -> HTTPResponse {
        if request.method == "GET" { return .json(SandboxControl.describe(state.withLock { $0 })) }
        guard request.method == "POST", let object = (try? JSON.parse(request.body))?.objectValue else {
            return .text(400, "The body must be a JSON object such as {\"mode\": \"hang\", \"count\": 3}.\n")
        }
        let now = ContinuousClock.now - startedAt
        do {
            let described = try state.withLock { state throws(ConfigError) in
                var changed = state
                try SandboxControl.apply(object, to: &changed, now: now)
                state = changed
                return SandboxControl.describe(state)
            }
            return .json(described)
        } catch {
            return .text(400, "\(error.setting) \(error.problem).\n")
        }
    }
}
