import Crypto
import Domain
import HTTPServer
import Ingest
import Jobs
import Storage

/// `POST /v1/messages`: one message to one recipient or up to a thousand, answered once it is committed.
struct SendMessages: Sendable {
    static let bodyLimit = 8 << 20
    private static let smallBody = 1 << 10
    private static let longestKey = 255

    func handle(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.body()
        let key = try idempotencyKey(call, body)
        do {
            // A large one holds up nobody: not the thread that polls, and not what is urgent.
            if body.count > Self.smallBody, !(call.caller.scopes.contains(.priorityCritical) && Self.mayBeUrgent(body))
            {
                return try await withTaskExecutorPreference(BulkExecutor.requests) { try await send(call, body, key) }
            }
            return try await send(call, body, key)
        } catch {
            // A request that was answered before is answered so again, whatever has changed since.
            if let key, error is Problem || error is AccessRefusal,
                let earlier = try await StreamStore(database: call.database).earlier(key.key)
            {
                guard earlier.key == key else { throw Self.otherBody }
                return replay(earlier.answer)
            }
            throw error
        }
    }

    /// By its words, before it is read: whoever may send what is urgent is not made to wait among what is large.
    private static func mayBeUrgent(_ body: [UInt8]) -> Bool {
        // What is larger is no one-time password.
        guard body.count <= 64 << 10 else { return false }
        return body.withUnsafeBytes { bytes in
            for start in bytes.indices where bytes[start] == UInt8(ascii: "\"") {
                for word in urgentWords where bytes[start...].starts(with: word) { return true }
            }
            return false
        }
    }

    private static let urgentWords = ["\"otp\"", "\"critical\""].map { Array($0.utf8) }

    private func send(_ call: APICall, _ body: [UInt8], _ key: IdempotencyKey?) async throws -> HTTPResponse {
        let request = try SendRequest(body, now: call.now)
        let priority = request.priority ?? request.category.defaultPriority
        let plan = SendPlan(
            request, ways: try await ways(request, priority, call), caller: call.caller, key: try await call.tenantKey()
        )
        var verdicts = plan.verdicts()
        try await refuseSuppressed(&verdicts, plan, call)
        let messages = verdicts.compactMap { verdict -> Submission.Message? in
            if case .goes(let message, _) = verdict { message } else { nil }
        }
        for case .refused(let fault, _) in verdicts { call.metrics.refusedRecipient(fault.rule) }
        if messages.isEmpty { throw Self.nobody(verdicts) }

        try await call.refuseSpent(request.category)
        let isCritical = priority == .critical
        let limit = try await call.limiter.take(messages.count, for: call.caller, isCritical: isCritical)
        if let problem = limit.problem { throw problem }
        let answer = SendAnswer(verdicts: verdicts, plan: plan, references: request.recipients.map(\.reference))
        if call.caller.isTest { return answer.test().adding(limit.headers) }
        let queue = call.accepts.queue(for: priority, messages: messages.count)
        let submission = Submission(
            tenant: call.caller.tenant, source: call.caller.source, key: key, messages: messages,
            trace: call.trace, answer: { answer.stored($0) })
        let acceptance: Acceptance
        do {
            acceptance = try await queue.take(submission, priority: priority)
        } catch {
            call.limiter.giveBack(messages.count, for: call.caller, isCritical: isCritical)
            throw error
        }
        if case .accepted = acceptance {
        } else {
            call.limiter.giveBack(messages.count, for: call.caller, isCritical: isCritical)
        }
        switch acceptance {
        case .accepted(let answer):
            count(messages, call)
            return HTTPResponse.json(status: answer.status, answer.body).adding(limit.headers)
        case .answeredBefore(let answer): return replay(answer)
        case .keyHasOtherBody: throw Self.otherBody
        case .keyIsBusy:
            throw Problem(.keyIsBusy, "Wait for its answer, or ask again in a moment.", retryAfter: .seconds(1))
        }
    }

    private func count(_ messages: [Submission.Message], _ call: APICall) {
        for message in messages where message.stream.key.channel.addressKind == .phone {
            call.prefixes.count(
                tenant: call.caller.tenant, source: call.caller.source, address: message.address,
                country: message.region, now: call.now)
        }
    }

    // MARK: Where it goes

    private func ways(_ request: SendRequest, _ priority: Priority, _ call: APICall) async throws -> [SendPlan.Way] {
        var ways: [SendPlan.Way] = []
        for (content, kind) in try await contents(request, call) {
            let channel = content.template.channel
            let permit = try call.caller.permit(
                ProposedSend(category: request.category, channel: channel, priority: priority, content: kind))
            let key = StreamKey(
                tenant: call.caller.tenant, source: call.caller.source, template: content.template.id,
                channel: channel, category: request.category, priority: priority, columns: content.columns,
                name: "\(call.caller.sourceName) \(content.template.name)")
            var prices: StreamPrices?
            if case .cheapest = request.channels {
                prices = try await StreamPrices(key, contexts: call.contexts)
            }
            ways.append(
                SendPlan.Way(
                    stream: call.streams.stream(key, content), permit: permit,
                    address: AddressCheck(kind: channel.addressKind, defaultRegion: call.caller.region),
                    prices: prices))
        }
        return ways
    }

    /// In the order in which channels are tried.
    private func contents(
        _ request: SendRequest, _ call: APICall
    ) async throws -> [(StreamContent, ProposedSend.Content)] {
        let streams = call.streams
        let tenant = call.caller.tenant
        let isOrdered = request.orderingKey != nil
        switch request.content {
        case .raw(let texts):
            guard case .order(let order) = request.channels, let channel = order.first else { return [] }
            let parts = VerbatimTemplate.parts(of: channel)
            if let stray = texts.keys.first(where: { !parts.contains($0) }) {
                throw Problem.invalid(
                    "/content/\(stray)", "unknown",
                    "The content of \(channel.rawValue) has \(parts.joined(separator: ", ")).")
            }
            return [(try await streams.verbatim(tenant: tenant, channel: channel, ordered: isOrdered), .raw)]
        case .templates(let templates):
            var found: [(StreamContent, ProposedSend.Content)] = []
            for (channel, name, version) in templates {
                guard EntityName.isFine(name), !VerbatimTemplate.isOne(name),
                    let content = try await streams.content(
                        tenant: tenant, name: name, version: version, ordered: isOrdered)
                else {
                    throw Problem.invalid(
                        "/template", "unknown_template",
                        "There is no template “\(name.prefix(80))”\(version.map { " of version \($0)" } ?? "").")
                }
                guard content.template.isReady else {
                    throw AccessRefusal(
                        rule: "template.approval",
                        text: "version \(content.template.version) of the template “\(name)” is not approved yet")
                }
                let actual = content.template.channel
                if let channel, channel != actual {
                    throw Problem.invalid(
                        "/template/\(channel.rawValue)", "channel", "The template “\(name)” is for \(actual.rawValue).")
                }
                found.append((content, .template(name)))
            }
            guard case .order(let order) = request.channels, !order.isEmpty else { return found }
            return try order.map { channel in
                guard let match = found.first(where: { $0.0.template.channel == channel }) else {
                    throw Problem.invalid(
                        "/channel", "channel", "No template that is named here is for \(channel.rawValue).")
                }
                return match
            }
        }
    }

    /// Whoever must not be sent to is told at once; it is looked at again when the message goes out.
    private func refuseSuppressed(_ verdicts: inout [SendPlan.Verdict], _ plan: SendPlan, _ call: APICall) async throws
    {
        let policy = try await call.contexts.policy(of: call.caller.tenant)
        for (place, way) in plan.ways.enumerated() {
            var addresses: [UInt8] = []
            var questions: [PolicyQuestion] = []
            var asked: [Int] = []
            for (index, verdict) in verdicts.enumerated() {
                guard case .goes(let message, place) = verdict else { continue }
                questions.append(
                    PolicyQuestion(
                        address: FieldRange(start: addresses.count, count: message.address.count),
                        region: message.region, hash: message.hash))
                addresses += message.address
                asked.append(index)
            }
            guard !asked.isEmpty else { continue }
            let refusals = try await policy.refusals(
                of: questions, ahead: { [] }, addresses: addresses, channel: way.channel,
                category: way.stream.key.category)
            for (index, refusal) in zip(asked, refusals) {
                guard let refusal else { continue }
                verdicts[index] = .refused(
                    Problem.Fault(
                        "/to/\(index)", refusal,
                        "Nothing is sent to this recipient: \(refusal.replacing("_", with: " "))."),
                    isForbidden: false)
            }
        }
    }

    private static func nobody(_ verdicts: [SendPlan.Verdict]) -> Problem {
        var faults: [Problem.Fault] = []
        var isForbidden = true
        for case .refused(let fault, let forbidden) in verdicts.prefix(50) {
            faults.append(fault)
            isForbidden = isForbidden && forbidden
        }
        let detail = faults.count == 1 ? faults[0].detail : "Nobody of these recipients can be sent to."
        guard isForbidden else { return Problem(.invalid, detail, faults: faults) }
        return Problem(.forbidden, detail, rule: faults.first?.rule, faults: faults)
    }

    // MARK: The same again

    private static let otherBody = Problem(
        .keyHasOtherBody, "The key was used before, with another body. Take a new one for a new request.")

    private func replay(_ answer: StoredAnswer) -> HTTPResponse {
        HTTPResponse.json(status: answer.status, answer.body).adding([("Idempotent-Replay", "true")])
    }

    /// The key counts for its source alone.
    private func idempotencyKey(_ call: APICall, _ body: [UInt8]) throws(Problem) -> IdempotencyKey? {
        guard let text = call.request.headers["idempotency-key"] else { return nil }
        guard !text.isEmpty, text.utf8.count <= Self.longestKey, text.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E })
        else {
            throw .invalid(
                "Idempotency-Key", "form",
                "The Idempotency-Key must be 1 to \(Self.longestKey) visible ASCII characters.")
        }
        let scope = "messages \(call.caller.tenant) \(call.caller.source) \(call.caller.isTest) "
        return IdempotencyKey(
            key: Array(Digest.sha256(Array((scope + text).utf8)).prefix(16)), body: Digest.sha256(body))
    }
}
