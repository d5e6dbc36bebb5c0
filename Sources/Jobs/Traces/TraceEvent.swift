import Domain
import Senders
import Storage

/// One thing that happened to a message: a line of its timeline.
package struct TraceEvent: Sendable {
    package enum Kind: String, Sendable {
        case accepted, scheduled, check, call, state, receipt, webhook
    }

    /// Nil: not yet.
    package let at: Timestamp?
    package let kind: Kind
    /// For people.
    package let text: String
    /// For machines, beside the time and the kind.
    package let facts: JSONObject
}

extension MessageTrace {
    /// All of it in the order in which it happened.
    package func timeline(now: Timestamp) -> [TraceEvent] {
        var events = accepted
        events += checked
        events += calls.map(called)
        events += rows.map(row)
        events += webhooks.map(told)
        // What has the same time stays in the order of cause and effect.
        return events.enumerated().sorted { a, b in
            let (one, other) = (a.element.at ?? now, b.element.at ?? now)
            return one == other ? a.offset < b.offset : one < other
        }.map(\.element)
    }

    /// By the shard that holds it, else by its campaign.
    package var acceptedAt: Timestamp { acceptance?.createdAt ?? campaign.createdAt }

    private var accepted: [TraceEvent] {
        var facts = JSONObject()
        facts["way"] = .string(campaign.isStream ? "api" : campaign.resendOf == nil ? "file" : "resend")
        facts["campaign"] = .string(String(campaign.id))
        facts["category"] = .string(campaign.category.rawValue)
        facts["priority"] = .string(campaign.priority.word)
        facts["template"] = .string(campaign.templateName)
        if !campaign.sourceName.isEmpty { facts["source"] = .string(campaign.sourceName) }
        let source = campaign.sourceName.isEmpty ? "" : " from \(campaign.sourceName)"
        let way = campaign.isStream ? "by the API" : "with campaign \(campaign.id) (\(campaign.name))"
        var events = [
            TraceEvent(
                at: acceptedAt, kind: .accepted,
                text: "accepted \(way)\(source): \(campaign.category.rawValue), template \(campaign.templateName)",
                facts: facts)
        ]
        let due = acceptance?.dueAt ?? campaign.dueAt
        if due > acceptedAt + .seconds(1), calls.isEmpty, rows.isEmpty {
            events.append(
                TraceEvent(
                    at: acceptedAt, kind: .scheduled, text: "to be sent at \(due)",
                    facts: ["for": .string(due.description)])
            )
        }
        return events
    }

    private var checked: [TraceEvent] {
        // They are made right before the first call; what was refused has the time of its row.
        let sentAt = ([calls.map(\.at).min(), rows.map(\.at).min()].compactMap { $0 }).min()
        return checks.map { check in
            let isAtAccept = check.name == .address || check.name == .duplicate
            var facts: JSONObject = ["check": .string(check.name.rawValue), "verdict": .string(check.verdict.rawValue)]
            if !check.reason.isEmpty { facts["reason"] = .string(check.reason) }
            let name = check.name.rawValue.replacing("_", with: " ")
            let verdict = check.verdict.rawValue.replacing("_", with: " ")
            return TraceEvent(
                at: isAtAccept ? acceptedAt : sentAt, kind: .check,
                text: "check \(name): \(verdict)\(check.reason.isEmpty ? "" : " (\(check.reason))")", facts: facts)
        }
    }

    private func called(_ call: CallEntry) -> TraceEvent {
        let outcome = Outcome.Kind(rawValue: call.kind)?.word ?? ""
        let milliseconds = Double(call.duration.wholeMicroseconds) / 1000
        var facts: JSONObject = [
            "provider": .string(call.provider), "attempt": .int(Int64(call.attempt)),
            "duration_ms": .double(milliseconds), "status": .int(Int64(call.status)), "outcome": .string(outcome),
            "messages": .int(Int64(call.messages)),
        ]
        var price = ""
        if let cost = cost(of: call) {
            facts["cost"] = .money(cost.micros, cost.currency)
            price = ", \(PriceText.decimal(cost.micros)) \(cost.currency)"
        }
        let status = call.status == 0 ? "no answer" : "answered \(call.status)"
        let others = call.messages > 1 ? ", with \(call.messages - 1) others" : ""
        return TraceEvent(
            at: call.at, kind: .call,
            text: "\(call.provider), try \(call.attempt): \(status) in \(milliseconds) ms, \(outcome)\(price)\(others)",
            facts: facts)
    }

    private func row(_ row: LedgerEntry) -> TraceEvent {
        var facts: JSONObject = [
            "status": .string(row.state.word), "final": .bool(row.final), "channel": .string(row.channel.rawValue),
            "attempt": .int(Int64(row.attempt)),
        ]
        if !row.provider.isEmpty { facts["provider"] = .string(row.provider) }
        if !row.reason.isEmpty { facts["reason"] = .string(row.reason) }
        if !row.reference.isEmpty { facts["provider_reference"] = .string(row.reference) }
        if row.cost != 0 { facts["cost"] = .money(row.cost, row.currency) }
        if !row.isCorrection { facts["segments"] = .int(Int64(row.segments)) }
        if let was = row.was { facts["corrects"] = .string(was.word) }
        let reason = row.reason.isEmpty ? "" : " (\(row.reason))"
        let change = row.was.map { "\($0.word) → \(row.state.word)" } ?? row.state.word
        let price = row.cost == 0 ? "" : ", \(PriceText.decimal(row.cost)) \(row.currency)"
        return TraceEvent(
            at: row.at, kind: row.isCorrection ? .receipt : .state,
            text: "\(change)\(reason)\(row.final ? "" : ", not the end")\(price)"
                + (row.reference.isEmpty || row.isCorrection ? "" : ", \(row.provider)'s reference \(row.reference)"),
            facts: facts)
    }

    private func told(_ webhook: MessageWebhook) -> TraceEvent {
        var text = "\(webhook.kind.word) for webhook \(webhook.endpoint) "
        text += webhook.url.isEmpty ? "(removed): " : "(\(webhook.url)): "
        let answer = webhook.status == 0 ? "no answer" : "answered \(webhook.status)"
        let tries = "\(webhook.attempts) \(webhook.attempts == 1 ? "try" : "tries")"
        switch webhook.standing {
        case .told:
            text +=
                "told at \(webhook.triedAt ?? webhook.at), \(answer)\(webhook.attempts > 1 ? " to try \(webhook.attempts)" : "")"
        case .givenUp: text += "given up after \(tries), \(answer)"
        case .waiting: text += "waits, \(tries) so far\(webhook.triedAt == nil ? "" : ", \(answer)")"
        case .held: text += "held since a backup was restored"
        }
        var facts = webhook.facts
        if webhook.standing == .waiting, let due = webhook.dueAt { facts["due_at"] = .string(due.description) }
        return TraceEvent(at: webhook.at, kind: .webhook, text: text, facts: facts)
    }
}

extension MessageWebhook {
    /// For machines, beside when it happened.
    package var facts: JSONObject {
        var facts: JSONObject = [
            "webhook": .string(String(endpoint)), "about": .string(kind.word), "standing": .string(standing.rawValue),
            "webhook_event": .string(event), "attempts": .int(Int64(attempts)),
        ]
        if !host.isEmpty { facts["host"] = .string(host) }
        if let triedAt {
            facts["tried_at"] = .string(triedAt.description)
            facts["answer"] = status == 0 ? .null : .int(Int64(status))
        }
        return facts
    }
}

extension TraceEvent {
    package var json: JSON {
        var object: JSONObject = ["event": .string(kind.rawValue)]
        if let at { object["at"] = .string(at.description) }
        for (name, value) in facts { object[name] = value }
        return .object(object)
    }
}

extension MessageText {
    package var json: JSON {
        var object: JSONObject = ["text": .string(text), "masked": .bool(isMasked)]
        if !subject.isEmpty { object["subject"] = .string(subject) }
        if !html.isEmpty { object["html"] = .string(html) }
        return .object(object)
    }
}
