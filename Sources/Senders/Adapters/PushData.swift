import Domain

/// The data object of a push message, as apps get it beside what people see.
enum PushData {
    static func members(_ message: MessageBatch.Message, of source: RequestSource) -> JSONObject {
        guard !message.rich.isEmpty else { return JSONObject() }
        let bytes = source.batch.bytes.span.extracting(message.rich.range)
        return (try? JSON.parse(bytes))?.objectValue ?? JSONObject()
    }

    /// A value for services that take only texts.
    static func text(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .null: ""
        default: value.text
        }
    }
}

extension Category {
    /// Whether a push is to wake a sleeping device.
    var isUrgent: Bool {
        switch self {
        case .otp, .alert: true
        case .transactional, .marketing: false
        }
    }

}

extension MessageBatch {
    /// How long a push service keeps a message for a device that is away, in seconds: Google takes four weeks at most.
    func pushLifetime(at now: Timestamp) -> Int64 {
        min(lifetime(at: now) ?? Int64(category.defaultExpiry.seconds), 28 * 86_400)
    }
}
