import Domain

/// Postmark's webhooks: one JSON record each. Postmark signs nothing: see `WebhookSecret`.
struct PostmarkCallbacks: CallbackReader {
    let secret: WebhookSecret

    func verify(_ callback: ProviderCallback, now: Timestamp) -> CallbackVerdict { secret.verify(callback) }

    func events(_ callback: ProviderCallback) throws(UnreadableCallback) -> [ReceiptEvent] {
        let json = try EmailReceipt.body(callback)
        guard let record = json["RecordType"]?.stringValue else { throw UnreadableCallback("has no RecordType") }
        if record == "Inbound" { return Self.reply(json).map { [.reply($0)] } ?? [] }
        guard let (state, reason, time) = Self.state(record, json) else { return [] }
        let id = json["MessageID"]?.stringValue ?? ""
        let message = EmailReceipt.message(json["Metadata"]?[EmailReceipt.idName])
        guard !id.isEmpty || message != nil else { throw UnreadableCallback("has no MessageID") }
        return [
            .status(
                ReceiptStatus(
                    message: message, references: id.isEmpty ? [] : [id], state: state, reason: reason,
                    at: EmailReceipt.time(json[time]),
                    recipient: json["Recipient"]?.stringValue ?? json["Email"]?.stringValue))
        ]
    }

    private static func state(_ record: String, _ json: JSON) -> (ReceiptState, String, time: String)? {
        switch record {
        case "Delivery": return (.delivered, "", "DeliveredAt")
        case "Open": return (.opened, "", "ReceivedAt")
        case "Click": return (.clicked, "", "ReceivedAt")
        case "SpamComplaint": return (.complained, reason("SpamComplaint"), "BouncedAt")
        case "SubscriptionChange":
            // The other origins and reasons are bounces and complaints, which come as records of their own.
            let isOptOut =
                json["SuppressSending"]?.boolValue == true
                && json["SuppressionReason"]?.stringValue == "ManualSuppression"
            return isOptOut ? (.unsubscribed, "", "ChangedAt") : nil
        case "Bounce": return bounce(json)
        default: return nil
        }
    }

    private static func bounce(_ json: JSON) -> (ReceiptState, String, time: String)? {
        let type = String((json["Type"]?.stringValue ?? "Unknown").prefix(40))
        let words = [json["Details"], json["Description"]].compactMap { $0?.stringValue }.joined(separator: " ")
        switch type {
        // Postmark goes on trying, or an answer came from a machine.
        case "AutoResponder", "Subscribe", "ChallengeVerification", "OpenRelayTest": return nil
        case "Unsubscribe": return (.unsubscribed, reason(type), "BouncedAt")
        case "SpamComplaint": return (.complained, reason(type), "BouncedAt")
        case "BadEmailAddress": return (.bouncedHard, reason(type), "BouncedAt")
        case "HardBounce":
            return (BounceJudgement.state(isHard: true, status: "", words: words), reason(type), "BouncedAt")
        default: return (BounceJudgement.state(isHard: false, status: "", words: words), reason(type), "BouncedAt")
        }
    }

    private static func reason(_ type: String) -> String {
        let word = PostmarkAdapter.codes.word(type)
        return ProviderReason.text(word.isEmpty ? ProviderReason.providerError : word, PostmarkAdapter.kind, type)
    }

    private static func reply(_ json: JSON) -> InboundReply? {
        guard let from = json["FromFull"]?["Email"]?.stringValue ?? json["From"]?.stringValue else { return nil }
        let to = json["OriginalRecipient"]?.stringValue ?? json["To"]?.stringValue ?? ""
        let text = json["StrippedTextReply"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        return InboundReply(from: from, to: to, text: text ?? json["TextBody"]?.stringValue ?? "")
    }
}
