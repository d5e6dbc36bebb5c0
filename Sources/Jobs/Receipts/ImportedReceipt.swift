import Domain
import Senders

/// A receipt that an operator brings, in a notation of ours: the form of `herald receipt import` for a table of
/// references and states, whoever the provider is.
package enum ImportedReceipt {
    package static let kind = "herald"

    /// A callback that says this one thing.
    package static func callback(
        provider: String, receivedAt: Timestamp, _ status: ReceiptStatus
    ) -> ProviderCallback {
        var object = JSONObject()
        object["state"] = .string(status.state.rawValue)
        if let message = status.message { object["message"] = .int(message.rawValue) }
        if !status.references.isEmpty { object["references"] = .array(status.references.map { .string($0) }) }
        if !status.reason.isEmpty { object["reason"] = .string(status.reason) }
        if let recipient = status.recipient { object["recipient"] = .string(recipient) }
        if let at = status.at { object["at"] = .int(at.micros) }
        if let cost = status.cost {
            object["micros"] = .int(cost.micros)
            object["currency"] = .string(cost.currency.code)
        }
        if let code = status.foreignCurrency { object["foreign_currency"] = .string(code) }
        var body: [UInt8] = []
        JSON.object(object).write(to: &body)
        return ProviderCallback(
            provider: provider, receivedAt: receivedAt, kind: kind, contentType: "application/json", body: body)
    }

    static func events(_ callback: ProviderCallback) throws -> [ReceiptEvent] {
        guard let object = (try? JSON.parse(callback.body)), let state = object["state"]?.stringValue,
            let known = ReceiptState(rawValue: state)
        else { throw UnreadableCallback("is no imported receipt") }
        var cost: Money?
        if let micros = object["micros"]?.intValue, let code = object["currency"]?.stringValue,
            let currency = Currency(stored: code)
        {
            cost = Money(micros: micros, currency: currency)
        }
        var status = ReceiptStatus(
            message: object["message"]?.intValue.map(MessageID.init(rawValue:)),
            references: object["references"]?.arrayValue?.compactMap(\.stringValue) ?? [], state: known,
            reason: object["reason"]?.stringValue ?? "", at: object["at"]?.intValue.map(Timestamp.init(micros:)),
            cost: cost, recipient: object["recipient"]?.stringValue)
        status.foreignCurrency = object["foreign_currency"]?.stringValue
        return [.status(status)]
    }
}
