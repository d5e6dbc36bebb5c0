import Domain

/// The body of `POST /v1/messages`, read and checked as far as that goes without looking anything up.
struct SendRequest: Sendable {
    /// Where the words come from.
    enum Content: Sendable {
        /// A template for each channel that the message may take.
        case templates([(channel: Channel?, name: String, version: Int64?)])
        /// Texts of the request's own.
        case raw(JSONObject)
    }

    enum Channels: Sendable {
        /// In this order; empty: the template's.
        case order([Channel])
        case cheapest
    }

    struct Recipient: Sendable {
        /// Where it stands in the body.
        let pointer: String
        /// By kind, as written.
        var addresses: [Address] = []
        var data = JSONObject()
        var locale = ""
        var reference = ""
        var metadata: JSON?
    }

    enum Address: Sendable {
        case phone(String)
        case email(String)
        case pushToken(String)
        case id(String)
        /// Whatever the channel needs.
        case any(String)

        func text(for kind: AddressKind) -> String? {
            switch (self, kind) {
            case (.phone(let text), .phone), (.email(let text), .email), (.pushToken(let text), .pushToken),
                (.id(let text), .opaque), (.any(let text), _):
                text
            default: nil
            }
        }
    }

    static let mostRecipients = 1000
    private static let longestWindow: Int64 = 31 * 86_400
    private static let furthestAhead: Duration = .seconds(366 * 86_400)

    private(set) var recipients: [Recipient] = []
    private(set) var channels = Channels.order([])
    private(set) var content = Content.templates([])
    private(set) var category = Category.transactional
    private(set) var priority: Priority?
    private(set) var sendAt: Timestamp?
    private(set) var expiry: (at: Timestamp?, after: Duration?) = (nil, nil)
    private(set) var dedupeKey: String?
    private(set) var dedupeWindow: Duration = .seconds(86_400)
    private(set) var orderingKey: String?

    init(_ body: [UInt8], now: Timestamp) throws(Problem) {
        let faults = FieldReader.Faults()
        let reader = FieldReader(try FieldReader.parse(body), faults: faults)
        if let category = reader.required("category"), case .string = category {
            self.category = reader.choice("category", of: Category.self) ?? .transactional
        } else {
            _ = reader.text("category")
        }
        readPriority(reader)
        readChannels(reader)
        readContent(reader)
        readTimes(reader, now)
        dedupeKey = reader.text("dedupe_key")
        if let seconds = reader.integer("dedupe_window", in: 1...Self.longestWindow) {
            dedupeWindow = .seconds(seconds)
        }
        orderingKey = reader.text("ordering_key")
        if orderingKey != nil, sendAt != nil {
            reader.fault(
                "ordering_key", "either", "Messages with an ordering_key go one after the other, without send_at.")
        }
        readRecipients(reader, faults)
        reader.refuseOthers()
        try faults.throwIfAny()
    }

    private mutating func readPriority(_ reader: FieldReader) {
        guard let word = reader.text("priority") else { return }
        priority = Priority(word: word)
        if priority == nil {
            reader.fault("priority", "choice", "priority must be one of critical, high, normal, low.")
        }
    }

    private mutating func readChannels(_ reader: FieldReader) {
        guard let value = reader.value("channel") else { return }
        if value.stringValue == "cheapest" {
            channels = .cheapest
            return
        }
        let words = value.arrayValue ?? [value]
        var order: [Channel] = []
        for word in words {
            guard let channel = word.stringValue.flatMap({ Channel(rawValue: $0) }), !order.contains(channel) else {
                reader.fault(
                    "channel", "choice",
                    "channel must be one of \(Channel.allCases.map(\.rawValue).joined(separator: ", ")), a list of them, or cheapest."
                )
                return
            }
            order.append(channel)
        }
        if order.isEmpty { reader.fault("channel", "required", "channel names no channel.") }
        channels = .order(order)
    }

    private mutating func readContent(_ reader: FieldReader) {
        let template = reader.value("template")
        let raw = reader.object("content")
        switch (template, raw) {
        case (nil, nil):
            reader.fault("template", "required", "template is missing; content does instead, where it is permitted.")
        case (_?, _?): reader.fault("content", "either", "Give template or content, not both.")
        case (nil, let raw?):
            content = .raw(raw)
            if case .order(let order) = channels, order.count == 1 { return }
            reader.fault("channel", "required", "content needs one channel.")
        case (.string(let name)?, nil): content = .templates([(nil, name, nil)])
        case (.object(let object)?, nil):
            if object["name"] != nil {
                let inner = FieldReader(.object(object), at: reader.path("template"), faults: FieldReader.Faults())
                guard let name = inner.text("name") else {
                    reader.fault("template", "type", "template.name must be a string.")
                    return
                }
                content = .templates([(nil, name, inner.integer("version", in: 1...Int64(Int32.max)))])
                return
            }
            var templates: [(channel: Channel?, name: String, version: Int64?)] = []
            for (word, value) in object {
                guard let channel = Channel(rawValue: word), let name = value.stringValue else {
                    reader.fault("template", "type", "template maps channels to names of templates.")
                    return
                }
                templates.append((channel, name, nil))
            }
            content = .templates(templates)
        default: reader.fault("template", "type", "template must be a name, or an object of channels and names.")
        }
    }

    private mutating func readTimes(_ reader: FieldReader, _ now: Timestamp) {
        sendAt = reader.time("send_at")
        if let sendAt, sendAt - now > Self.furthestAhead {
            reader.fault("send_at", "range", "send_at is more than a year ahead.")
        }
        // What was due is sent at once, unless it has expired.
        if let due = sendAt, due <= now { sendAt = nil }
        let at = reader.time("expires_at")
        let after = reader.integer("expires_in", in: 1...31 * 86_400)
        if at != nil, after != nil { reader.fault("expires_in", "either", "Give expires_at or expires_in, not both.") }
        if let at, at <= (sendAt ?? now) {
            reader.fault("expires_at", "range", "expires_at is over before the message is due.")
        }
        expiry = (at, after.map { .seconds($0) })
    }

    private mutating func readRecipients(_ reader: FieldReader, _ faults: FieldReader.Faults) {
        let common = reader.object("data") ?? JSONObject()
        let locale = reader.text("locale", max: 35) ?? ""
        let reference = reader.text("reference") ?? ""
        let metadata = Self.metadata(reader)
        guard let to = reader.required("to") else { return }
        let list = to.arrayValue ?? [to]
        if list.isEmpty { reader.fault("to", "required", "to names nobody.") }
        if list.count > Self.mostRecipients {
            reader.fault(
                "to", "length", "to may name \(Self.mostRecipients) recipients; a campaign takes any number.")
            return
        }
        recipients.reserveCapacity(list.count)
        for (place, item) in list.enumerated() {
            let pointer = to.arrayValue == nil ? "/to" : "/to/\(place)"
            var recipient = Recipient(
                pointer: pointer, data: common, locale: locale, reference: reference, metadata: metadata)
            if let text = item.stringValue {
                recipient.addresses = [.any(text)]
            } else {
                let own = FieldReader(item, at: pointer, faults: faults)
                if let text = own.text("phone", max: 64) { recipient.addresses.append(.phone(text)) }
                if let text = own.text("email", max: 512) { recipient.addresses.append(.email(text)) }
                if let text = own.text("push_token", max: 4096) { recipient.addresses.append(.pushToken(text)) }
                if let text = own.text("id", max: 1024) { recipient.addresses.append(.id(text)) }
                if let data = own.object("data") { for (key, value) in data { recipient.data[key] = value } }
                if let text = own.text("locale", max: 35) { recipient.locale = text }
                if let text = own.text("reference") { recipient.reference = text }
                if let value = Self.metadata(own) { recipient.metadata = value }
                own.refuseOthers()
                if recipient.addresses.isEmpty {
                    faults.add(pointer, "required", "\(pointer) has no address: phone, email, push_token or id.")
                }
            }
            recipients.append(recipient)
        }
    }

    /// What the source wants to get back with the message: small, and an object.
    private static func metadata(_ reader: FieldReader) -> JSON? {
        guard let object = reader.object("metadata") else { return nil }
        let json = JSON.object(object)
        guard json.text.utf8.count <= 4096 else {
            reader.fault("metadata", "length", "metadata may have 4096 bytes at most.")
            return nil
        }
        return json
    }
}
