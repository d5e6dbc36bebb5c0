/// The command statuses of SMPP 3.4 (and those of 5.0 that SMSCs give to older clients), and what each means for a
/// message. Whatever the status, it is the answer to a submit: nothing was sent unless it is `ok`.
package struct SMPPStatus: Sendable, Hashable {
    /// What becomes of the message.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        case throttled, temporary, permanent
    }

    static let ok: UInt32 = 0
    static let invalidCommandID: UInt32 = 0x03
    static let invalidBindStatus: UInt32 = 0x04
    /// What tells the SMSC to deliver the same again later.
    static let receiverTemporaryError: UInt32 = 0x64

    let kind: Kind
    /// A word of `ProviderReason`.
    let word: String
    /// As the standard calls it, without its `ESME_`.
    let name: String

    private init(_ kind: Kind, _ word: String, _ name: String) {
        self.kind = kind
        self.word = word
        self.name = name
    }

    init(_ code: UInt32) {
        self =
            Self.table[code]
            ?? Self(.temporary, ProviderReason.unclearReply, code >= 0x400 && code < 0x500 ? "VENDOR" : "RESERVED")
    }

    /// How a reason reads: the word and the provider's number for it.
    static func reason(_ code: UInt32) -> String { "\(SMPPStatus(code).word) (smpp \(code))" }

    /// Whether a client that is told so lacks the right to send at all, whatever the message.
    static func isAboutTheAccount(_ code: UInt32) -> Bool { SMPPStatus(code).word == ProviderReason.accountRefused }

    static let known: [UInt32] = table.keys.sorted()

    private static let table: [UInt32: SMPPStatus] = [
        0x01: .init(.permanent, ProviderReason.tooLarge, "RINVMSGLEN"),
        0x02: .init(.permanent, ProviderReason.providerError, "RINVCMDLEN"),
        0x03: .init(.permanent, ProviderReason.providerError, "RINVCMDID"),
        0x04: .init(.temporary, ProviderReason.providerError, "RINVBNDSTS"),
        0x05: .init(.temporary, ProviderReason.accountRefused, "RALYBND"),
        0x06: .init(.permanent, ProviderReason.providerError, "RINVPRTFLG"),
        0x07: .init(.permanent, ProviderReason.providerError, "RINVREGDLVFLG"),
        0x08: .init(.temporary, ProviderReason.providerError, "RSYSERR"),
        0x0A: .init(.permanent, ProviderReason.senderRefused, "RINVSRCADR"),
        0x0B: .init(.permanent, ProviderReason.invalidRecipient, "RINVDSTADR"),
        0x0C: .init(.permanent, ProviderReason.providerError, "RINVMSGID"),
        // Credentials and rights are the account's fault, not the message's: it may go another way.
        0x0D: .init(.temporary, ProviderReason.accountRefused, "RBINDFAIL"),
        0x0E: .init(.temporary, ProviderReason.accountRefused, "RINVPASWD"),
        0x0F: .init(.temporary, ProviderReason.accountRefused, "RINVSYSID"),
        0x11: .init(.permanent, ProviderReason.providerError, "RCANCELFAIL"),
        0x13: .init(.permanent, ProviderReason.providerError, "RREPLACEFAIL"),
        0x14: .init(.throttled, ProviderReason.providerBusy, "RMSGQFUL"),
        0x15: .init(.temporary, ProviderReason.accountRefused, "RINVSERTYP"),
        0x33: .init(.permanent, ProviderReason.providerError, "RINVNUMDESTS"),
        0x34: .init(.permanent, ProviderReason.providerError, "RINVDLNAME"),
        0x40: .init(.permanent, ProviderReason.providerError, "RINVDESTFLAG"),
        0x42: .init(.permanent, ProviderReason.providerError, "RINVSUBREP"),
        0x43: .init(.permanent, ProviderReason.contentRefused, "RINVESMCLASS"),
        0x44: .init(.permanent, ProviderReason.providerError, "RCNTSUBDL"),
        // Says nothing of why; another provider may well take the message.
        0x45: .init(.temporary, ProviderReason.providerError, "RSUBMITFAIL"),
        0x48: .init(.permanent, ProviderReason.senderRefused, "RINVSRCTON"),
        0x49: .init(.permanent, ProviderReason.senderRefused, "RINVSRCNPI"),
        0x50: .init(.permanent, ProviderReason.invalidRecipient, "RINVDSTTON"),
        0x51: .init(.permanent, ProviderReason.invalidRecipient, "RINVDSTNPI"),
        0x53: .init(.temporary, ProviderReason.accountRefused, "RINVSYSTYP"),
        0x54: .init(.permanent, ProviderReason.providerError, "RINVREPFLAG"),
        0x55: .init(.permanent, ProviderReason.providerError, "RINVNUMMSGS"),
        0x58: .init(.throttled, ProviderReason.rateLimited, "RTHROTTLED"),
        0x61: .init(.permanent, ProviderReason.providerError, "RINVSCHED"),
        0x62: .init(.permanent, ProviderReason.providerError, "RINVEXPIRY"),
        0x63: .init(.permanent, ProviderReason.contentRefused, "RINVDFTMSGID"),
        0x64: .init(.temporary, ProviderReason.providerBusy, "RX_T_APPN"),
        0x65: .init(.permanent, ProviderReason.providerError, "RX_P_APPN"),
        0x66: .init(.permanent, ProviderReason.contentRefused, "RX_R_APPN"),
        0x67: .init(.permanent, ProviderReason.providerError, "RQUERYFAIL"),
        0xC0: .init(.permanent, ProviderReason.providerError, "RINVOPTPARSTREAM"),
        0xC1: .init(.permanent, ProviderReason.providerError, "ROPTPARNOTALLWD"),
        0xC2: .init(.permanent, ProviderReason.providerError, "RINVPARLEN"),
        0xC3: .init(.permanent, ProviderReason.providerError, "RMISSINGOPTPARAM"),
        0xC4: .init(.permanent, ProviderReason.providerError, "RINVOPTPARAMVAL"),
        0xFE: .init(.permanent, ProviderReason.routeRefused, "RDELIVERYFAILURE"),
        0xFF: .init(.temporary, ProviderReason.providerError, "RUNKNOWNERR"),
        0x100: .init(.temporary, ProviderReason.accountRefused, "RSERTYPUNAUTH"),
        0x101: .init(.temporary, ProviderReason.accountRefused, "RPROHIBITED"),
        0x102: .init(.temporary, ProviderReason.providerError, "RSERTYPUNAVAIL"),
        0x103: .init(.temporary, ProviderReason.accountRefused, "RSERTYPDENIED"),
        0x104: .init(.permanent, ProviderReason.contentRefused, "RINVDCS"),
        0x105: .init(.permanent, ProviderReason.senderRefused, "RINVSRCADDRSUBUNIT"),
        0x106: .init(.permanent, ProviderReason.invalidRecipient, "RINVDSTADDRSUBUNIT"),
    ]
}
