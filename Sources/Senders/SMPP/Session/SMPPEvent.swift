/// What a session tells its owner.
enum SMPPEvent: Sendable, Hashable {
    case bound
    /// The SMSC's answer to a submit. The reference is empty unless the status is 0.
    case answered(token: Int, status: UInt32, reference: String)
    /// No answer will come. Where it was `begun`, the SMSC may have taken it.
    case unanswered(token: Int, begun: Bool, reason: String)
    /// A receipt or a message from a person: the whole PDU. Its owner stores it and then calls `acknowledge`.
    case delivery(sequence: UInt32, isData: Bool, pdu: [UInt8])
    /// The last event: the connection is to be closed.
    case closed(SMPPClosing)
}

/// Why a session ended.
enum SMPPClosing: Sendable, Hashable {
    /// The bind was refused, with its status.
    case refused(UInt32)
    /// An answer that had to come did not: to the bind, or to `enquire_link` again and again.
    case silent
    /// What came is no SMPP.
    case garbage
    /// The SMSC said goodbye.
    case unboundThere
    /// We did, and it is done.
    case unboundHere
    /// The connection broke, and how.
    case broken(String)

    /// A word of `ProviderReason` with the rest in brackets.
    var reason: String {
        switch self {
        case .refused(let status): SMPPStatus.reason(status)
        case .silent: "\(ProviderReason.timeOut) (smpp: no answer)"
        case .garbage: "\(ProviderReason.unclearReply) (smpp: no PDU)"
        case .unboundThere: "\(ProviderReason.noConnection) (smpp: unbound)"
        case .unboundHere: "\(ProviderReason.noConnection) (smpp: stopped)"
        case .broken(let how): "\(ProviderReason.noConnection) (smpp: \(how))"
        }
    }
}
