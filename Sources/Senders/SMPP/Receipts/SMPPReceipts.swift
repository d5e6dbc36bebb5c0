import Domain

/// Reads what an SMSC delivered: receipts, and what people wrote back. A pure function of the stored callback, so that
/// it can be read again.
package enum SMPPReceipts {
    package static let kind = "smpp"
    private static let mediaType = "application/vnd.smpp"

    /// What a reader must know of the account beside the PDU.
    static func contentType(_ config: SMPPConfig) -> String {
        var type = "\(mediaType); ids=\(config.receiptIDs.rawValue)"
        if let offset = config.receiptOffsetMinutes { type += "; offset=\(offset)" }
        return type
    }

    /// Empty for what says nothing about a message: phones' own acknowledgements, binary messages, broken PDUs.
    package static func read(_ callback: ProviderCallback) -> [ReceiptEvent] {
        guard let delivery = SMPPDelivery(callback.body) else { return [] }
        let settings = parameters(callback.contentType)
        if delivery.isReceipt {
            let anyRadix = settings["ids"] != SMPPConfig.ReceiptIDs.same.rawValue
            return status(delivery, anyRadix: anyRadix, offset: settings["offset"].flatMap { Int($0) }).map {
                [.status($0)]
            }
                ?? []
        }
        let text = SMPPTextDecoding.text(delivery.text, coding: delivery.dataCoding)
        guard delivery.isReply, !text.isEmpty else { return [] }
        return [
            .reply(
                InboundReply(
                    from: delivery.source.text, to: delivery.destination.text, text: text, at: callback.receivedAt))
        ]
    }

    private static func status(_ delivery: SMPPDelivery, anyRadix: Bool, offset: Int?) -> ReceiptStatus? {
        let text = SMPPReceiptText(delivery.text)
        var references: [String] = []
        var ids = [text.id]
        if let id = delivery.parameters[SMPPDelivery.Parameter.receiptedMessageID] {
            ids.insert(SMPPReference.text(id.prefix { $0 != 0 }), at: 0)
        }
        for id in ids {
            for spelling in ReferenceNotation.candidates(of: id, anyRadix: anyRadix)
            where !references.contains(spelling) {
                references.append(spelling)
            }
        }
        guard !references.isEmpty else { return nil }
        let named = delivery.parameters[SMPPDelivery.Parameter.messageState]?.first.flatMap { stateNames[$0] }
        let word = named ?? text.state
        var error = text.error
        if let code = delivery.parameters[SMPPDelivery.Parameter.networkErrorCode], code.count == 3 {
            error = "\(code[0]):\(Int(code[1]) << 8 | Int(code[2]))"
        }
        let (state, reason) = meaning(word)
        return ReceiptStatus(
            references: references, state: state,
            reason: reason.isEmpty
                ? "" : "\(reason) (smpp \(word.prefix(16))\(error.isEmpty ? "" : " " + error.prefix(16)))",
            at: offset.flatMap { text.doneAt(offsetMinutes: $0) }, recipient: delivery.source.text)
    }

    /// What a state means. All that are not in the standard, and `UNKNOWN`, leave the message as sent: nobody knows.
    private static func meaning(_ word: String) -> (ReceiptState, String) {
        switch word {
        case "DELIVRD", "DELIVERED": (.delivered, "")
        case "EXPIRED": (.undelivered, ProviderReason.timeOut)
        case "UNDELIV", "UNDELIVERABLE", "UNDELIVERED", "DELETED", "FAILED":
            (.undelivered, ProviderReason.providerError)
        case "REJECTD", "REJECTED": (.undelivered, ProviderReason.routeRefused)
        case "ACCEPTD", "ACCEPTED", "ENROUTE", "BUFFRED", "BUFFERED": (.sent, "")
        default: (.sent, ProviderReason.unclearReply)
        }
    }

    /// Of the parameter message_state.
    private static let stateNames: [UInt8: String] = [
        1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
    ]

    private static func parameters(_ contentType: String) -> [String: String] {
        var found: [String: String] = [:]
        for field in contentType.split(separator: ";").dropFirst() {
            let pair = field.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { found[String(pair[0].drop { $0 == " " })] = String(pair[1]) }
        }
        return found
    }
}
