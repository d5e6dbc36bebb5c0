/// What a placeholder of a request template stands for. The raw value is the word between the braces.
enum MessageField: String, Sendable, Hashable, CaseIterable {
    case to, from, subject, text, html, id, attempt, segments, channel, category, region
    /// The push data object, put in as JSON and not as a text.
    case data
    /// The same for every attempt of a message, so that a provider that knows it sends once.
    case idempotencyKey = "idempotency_key"

    /// Digits and letters by nature: safe in a header.
    var isPlain: Bool {
        switch self {
        case .id, .attempt, .segments, .channel, .category, .region, .idempotencyKey: true
        case .to, .from, .subject, .text, .html, .data: false
        }
    }
}
