import Domain

/// How to talk to one SMSC. Parsed from JSON (`SMPPConfig+Parsing.swift` lists the settings); immutable.
package struct SMPPConfig: Sendable {
    /// Which sessions each connection is.
    enum Bind: String, Sendable, Hashable, CaseIterable {
        case transceiver, transmitter, receiver
        /// A transmitter and a receiver beside it, for SMSCs that know no transceivers.
        case separate

        var commands: [UInt32] {
            switch self {
            case .transceiver: [SMPPCommand.bindTransceiver]
            case .transmitter: [SMPPCommand.bindTransmitter]
            case .receiver: [SMPPCommand.bindReceiver]
            case .separate: [SMPPCommand.bindTransmitter, SMPPCommand.bindReceiver]
            }
        }
    }

    /// How a text of several segments goes out.
    enum LongMessages: String, Sendable, Hashable, CaseIterable {
        /// A part for each segment, joined by a header in the text, with an 8-bit reference.
        case udh8
        /// The same with a 16-bit reference, which leaves each part a character less: a text may take a part more
        /// than it is counted as.
        case udh16
        /// A part for each segment, joined by the `sar_…` parameters.
        case sar
        /// One submit with the whole text in `message_payload`; the SMSC cuts it.
        case payload
    }

    /// How long an SMSC shall try to deliver.
    enum Validity: Sendable, Hashable {
        case theirs
        /// As long as the message itself makes sense; the SMSC's own choice where nobody knows.
        case own
        /// As long as a message of its category makes sense.
        case category
        case seconds(Int)
    }

    /// Type of number and numbering plan of an address, where they are not to be read off it.
    struct Numbering: Sendable, Hashable {
        var type: UInt8?
        var plan: UInt8?
    }

    /// Which spellings of its own ids an SMSC uses in receipts.
    enum ReceiptIDs: String, Sendable, Hashable, CaseIterable {
        /// Any case, leading zeros or none, hexadecimal or decimal.
        case any
        /// As in the answer to the submit, but for case and leading zeros.
        case same
    }

    var host = ""
    var port: UInt16 = 2775
    /// Nil where the connection stays in clear.
    var tls: TLSContext?
    var isInternal = false
    var session = SMPPSession.Options()
    var bind = Bind.transceiver
    var connections = 1
    /// Messages under way at a time, over all connections.
    var concurrency = Int.max
    /// From the first step to the connection standing, TLS included.
    var connectTimeout: Duration = .seconds(5)
    /// How long a message may wait for its turn.
    var queueTimeout: Duration = .seconds(30)
    /// What a throttled message is told to wait at least.
    var throttleWait: Duration = .seconds(1)
    /// The longest pause between two tries to connect.
    var reconnectLimit: Duration = .seconds(30)
    /// The sender where a batch names none.
    var source = ""
    var sourceNumbering = Numbering()
    var destinationNumbering = Numbering(type: 1, plan: 1)
    var serviceType = ""
    var protocolID: UInt8 = 0
    var priorityFlag: UInt8 = 0
    var wantsReceipts = true
    var validity = Validity.own
    static let longestValidity = 63_072_000
    var longMessages = LongMessages.udh8
    /// What single statuses mean here, against the standard.
    var statuses: [UInt32: SMPPStatus.Kind] = [:]
    var receiptIDs = ReceiptIDs.any
    /// Of the clock that receipts' dates are told by; nil where nobody knows.
    var receiptOffsetMinutes: Int?

    var isSender: Bool { bind != .receiver }
}
