import Domain

/// Reads a provider's reply as an outcome. Pure: status, body and Retry-After in, outcome out.
///
/// The first of these that matches decides: throttled, temporary, permanent, in doubt, sent. What none
/// matches goes by its class: a 2xx was perhaps taken and is in doubt; anything else sent nothing.
/// Defaults: 429 is throttled; 401, 402, 403, 407 (the account's fault, not the recipient's), 409, 425, 503,
/// 3xx and those 5xx not named here are temporary; 408, 500, 502, 504 in doubt; other 4xx permanent; 2xx sent.
///
/// 408, 500, 502 and 504 do not say whether the message was taken: a provider may break after it has taken it, and a
/// gateway may lose the answer. To try again could send twice; where a provider's documentation says that it took
/// nothing, its configuration lists them as temporary.
struct ReplyRules: Sendable, Hashable {
    enum MissingReference: String, Sendable, Hashable, CaseIterable {
        /// A success without the promised reference is no success that can be relied on.
        case inDoubt = "in_doubt"
        case sent
    }

    struct Cost: Sendable, Hashable {
        var field: JSONPath
        var currency: Currency?
        /// Where the reply names the currency; `currency` is what holds without it.
        var currencyField: JSONPath?
    }

    var throttled: [ReplyMatch]
    var temporary: [ReplyMatch]
    var permanent: [ReplyMatch]
    var inDoubt: [ReplyMatch]
    var sent: [ReplyMatch]
    /// How long a throttled message waits where the reply has no Retry-After.
    var throttleWait: Duration = .seconds(1)
    var reference: JSONPath?
    var missingReference = MissingReference.inDoubt
    var cost: Cost?

    /// A longer reference is none of this world, and would be stored a million times. It counts as missing: what is
    /// left of a reference that was cut finds no message at the provider.
    static let maxReference = 255

    private static let doubtful = [408, 500, 502, 504]

    static let standard = ReplyRules(
        throttled: [ReplyMatch(statuses: StatusSet([429]))],
        temporary: [
            ReplyMatch(
                statuses: StatusSet(
                    [401, 402, 403, 407, 409, 425] + Array(300..<400)
                        + (500..<600).filter { !doubtful.contains($0) }))
        ],
        permanent: [ReplyMatch(statuses: StatusSet((400..<500).filter { !doubtful.contains($0) }))],
        inDoubt: [ReplyMatch(statuses: StatusSet(doubtful))],
        sent: [ReplyMatch(statuses: StatusSet(200..<300))])

    /// Whether the body is looked at at all.
    var readsBody: Bool {
        reference != nil || cost != nil
            || [throttled, temporary, permanent, inDoubt, sent].contains { $0.contains { $0.field != nil } }
    }

    /// `body` is nil where the reply was cut at the size limit.
    func outcome(status: Int, body: Span<UInt8>?, retryAfter: Duration?) -> Outcome {
        var json: Span<UInt8>?
        if readsBody, let body, JSON.isValid(body, .anyText) { json = body }
        if throttled.contains(where: { $0.matches(status: status, body: json) }) {
            return .throttled(after: retryAfter ?? throttleWait)
        }
        if temporary.contains(where: { $0.matches(status: status, body: json) }) {
            return .temporary(reason: Self.reason(status))
        }
        if permanent.contains(where: { $0.matches(status: status, body: json) }) {
            return .permanent(reason: Self.reason(status))
        }
        if inDoubt.contains(where: { $0.matches(status: status, body: json) }) {
            return .inDoubt(reason: Self.reason(status))
        }
        if sent.contains(where: { $0.matches(status: status, body: json) }) { return success(status, json) }
        if status >= 200 && status < 300 { return .inDoubt(reason: "answered \(status) with an unknown body") }
        return status >= 400 && status < 500 && status != 408
            ? .permanent(reason: Self.reason(status)) : .temporary(reason: Self.reason(status))
    }

    private func success(_ status: Int, _ json: Span<UInt8>?) -> Outcome {
        var text = ""
        if let reference {
            if let json, let found = reference.find(in: json),
                let bytes = found.text(in: json), let known = Self.reference(bytes)
            {
                text = known
            } else if missingReference == .inDoubt {
                return .inDoubt(reason: "answered \(status) without a reference")
            }
        }
        var price: Money?
        if let json { price = self.price(json) }
        return .sent(reference: text, cost: price)
    }

    /// No provider's reference has control characters, and a database refuses every row of a window for one NUL.
    private static func reference(_ bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        // Measured as it would be kept: what is no UTF-8 grows to three times its length.
        let text = String(decoding: bytes, as: UTF8.self)
        return text.utf8.count <= maxReference ? text : nil
    }

    private func price(_ json: Span<UInt8>) -> Money? {
        guard let cost, let found = cost.field.find(in: json),
            let text = found.text(in: json),
            let micros = PriceText.reported(text)
        else { return nil }
        var currency = cost.currency
        if let field = cost.currencyField, let found = field.find(in: json),
            let code = found.text(in: json), !code.isEmpty
        {
            // An amount in what nobody pays with is none: not one in another currency.
            currency = Currency(String(decoding: code, as: UTF8.self))
        }
        return currency.map { Money(micros: micros, currency: $0) }
    }

    private static func reason(_ status: Int) -> String {
        if status >= 300 && status < 400 { return "redirected with \(status): set the url to the final place" }
        return "answered \(status)"
    }
}
