import Domain
import Storage

/// What a receiver reads: type, time, and what happened. Addresses and texts of messages are in none of it.
enum WebhookPayload {
    static func body(of content: WebhookDelivery.Content) -> [UInt8] {
        body(content.kind, at: content.at, data: data(of: content))
    }

    private static func data(of content: WebhookDelivery.Content) -> JSON {
        switch content.kind {
        case .alertOpened, .alertClosed: content.facts
        case .budgetWarning, .budgetHeld: budget(content)
        default: content.message.map { message(content, $0) } ?? campaign(content)
        }
    }

    static func body(_ kind: WebhookKind, at time: Timestamp, data: JSON) -> [UInt8] {
        let json: JSON = ["type": .string(kind.word), "timestamp": .string(time.description), "data": data]
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        return bytes
    }

    private static func message(_ content: WebhookDelivery.Content, _ id: Int64) -> JSON {
        let facts = content.facts
        var data = JSONObject()
        data["id"] = .string(String(id))
        if case .message(let state) = content.kind { data["status"] = .string(state.word) }
        if let was = state(facts["was"]?.intValue) { data["previous_status"] = .string(was) }
        if let channel = facts["channel"]?.intValue.flatMap({ Channel(code: $0) }) {
            data["channel"] = .string(channel.rawValue)
        }
        data["category"] = .string(content.category)
        if let source = content.sourceName { data["source"] = .string(source) }
        if !content.isStream { data["campaign_id"] = .string(String(content.campaign)) }
        if !content.reference.isEmpty { data["reference"] = .string(content.reference) }
        if let metadata = content.metadata.flatMap({ try? JSON.parse($0) }) { data["metadata"] = metadata }
        if let reason = facts["reason"]?.stringValue, !reason.isEmpty { data["reason"] = .string(reason) }
        if let country = facts["country"]?.stringValue, !country.isEmpty { data["country"] = .string(country) }
        data["attempt"] = facts["attempt"]
        if let segments = facts["segments"]?.intValue, segments > 0 { data["segments"] = .int(segments) }
        if let micros = facts["cost"]?.intValue, micros != 0, let currency = facts["currency"]?.stringValue {
            data["cost"] = .money(micros, currency)
        }
        return .object(data)
    }

    private static func budget(_ content: WebhookDelivery.Content) -> JSON {
        let facts = content.facts
        var data = JSONObject()
        if let id = facts["budget"]?.intValue { data["id"] = .string(String(id)) }
        data["scope"] = facts["scope"]
        if let source = content.sourceName { data["source"] = .string(source) }
        if let campaign = facts["campaign"]?.intValue { data["campaign_id"] = .string(String(campaign)) }
        data["period"] = facts["period"]
        if let start = facts["period_start"]?.stringValue { data["period_start"] = .string(start) }
        for name in ["amount", "spent"] {
            if let micros = facts[name]?.intValue { data[name] = .string(PriceText.decimal(micros)) }
        }
        data["currency"] = facts["currency"]
        data["detail"] = facts["note"]
        return .object(data)
    }

    private static func campaign(_ content: WebhookDelivery.Content) -> JSON {
        var data = JSONObject()
        data["id"] = .string(String(content.campaign))
        data["name"] = .string(content.campaignName)
        data["status"] = .string(content.kind == .campaignFinished ? "finished" : "cancelled")
        if let source = content.sourceName { data["source"] = .string(source) }
        data["recipients"] = content.facts["recipients"]
        var counts = JSONObject()
        for (code, count) in content.facts["states"]?.objectValue ?? JSONObject() {
            if let word = state(Int64(code)) { counts[word] = count }
        }
        data["messages"] = .object(counts)
        return .object(data)
    }

    private static func state(_ code: Int64?) -> String? {
        code.flatMap { Int16(exactly: $0) }.flatMap { MessageState(rawValue: $0) }?.word
    }
}
