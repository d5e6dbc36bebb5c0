import Domain

/// Writes the bodies of submit_sm PDUs: what is the same for all messages of a batch stands ready as bytes.
struct SMPPSubmit {
    /// Which part of a message a PDU carries.
    struct Part {
        var number: Int
        var count: Int
        /// The same in all parts of a message.
        var reference: UInt16

        static let whole = Part(number: 0, count: 1, reference: 0)
    }

    private let long: SMPPConfig.LongMessages
    private let destination: [UInt8]
    private let serviceType: [UInt8]
    /// protocol_id, priority_flag, schedule_delivery_time, validity_period, registered_delivery, replace_if_present.
    private let middle: [UInt8]

    /// `lifetime` is the messages' own, in seconds.
    init(_ config: SMPPConfig, category: Category, lifetime: Int64? = nil) {
        long = config.longMessages
        destination = [config.destinationNumbering.type ?? 1, config.destinationNumbering.plan ?? 1]
        serviceType = Array(config.serviceType.utf8) + [0]
        var middle = [config.protocolID, config.priorityFlag, 0]
        middle.append(cString: Self.validity(config.validity, category, lifetime))
        middle += [config.wantsReceipts ? 1 : 0, 0]
        self.middle = middle
    }

    /// How a text must be cut for these settings.
    var joiningHeader: SegmentedText.JoiningHeader { long == .udh16 ? .long : .short }

    /// The PDUs that a text of so many segments takes.
    func parts(segments: Int) -> Int { long == .payload ? 1 : segments }

    /// Whether it can be sent at all.
    func fits(_ text: SegmentedText) -> Bool {
        long == .payload ? text.bytes.count <= 60 << 10 : text.count <= 255
    }

    func append(
        _ part: Part, of text: SegmentedText, from source: SMPPAddress, to recipient: ArraySlice<UInt8>,
        into out: inout [UInt8]
    ) {
        let isJoined = part.count > 1
        out.append(contentsOf: serviceType)
        out.append(source.type)
        out.append(source.plan)
        out.append(contentsOf: source.characters)
        out.append(0)
        out.append(contentsOf: destination)
        out.append(contentsOf: recipient.first == 0x2B ? recipient.dropFirst() : recipient)
        out.append(0)
        let hasHeader = isJoined && (long == .udh8 || long == .udh16)
        out.append(hasHeader ? 0x40 : 0)
        out.append(contentsOf: middle)
        out.append(text.encoding == .gsm7 ? 0 : 8)
        out.append(0)
        if long == .payload, text.count > 1 {
            out.append(0)
            out.append(short: 0x0424)
            out.append(short: text.bytes.count)
            out.append(contentsOf: text.bytes)
            return
        }
        let piece = text.segment(part.number)
        out.append(UInt8(truncatingIfNeeded: piece.count + (hasHeader ? joiningHeader.rawValue : 0)))
        if hasHeader { appendHeader(part, to: &out) }
        out.append(contentsOf: text.bytes[piece])
        if isJoined, long == .sar { appendParameters(part, to: &out) }
    }

    /// The user data header of GSM 03.40 that joins parts.
    private func appendHeader(_ part: Part, to out: inout [UInt8]) {
        if long == .udh16 {
            out.append(contentsOf: [6, 8, 4])
            out.append(short: Int(part.reference))
        } else {
            out.append(contentsOf: [5, 0, 3, UInt8(truncatingIfNeeded: part.reference)])
        }
        out.append(UInt8(part.count))
        out.append(UInt8(part.number + 1))
    }

    /// sar_msg_ref_num, sar_total_segments, sar_segment_seqnum.
    private func appendParameters(_ part: Part, to out: inout [UInt8]) {
        out.append(contentsOf: [2, 0x0C, 0, 2])
        out.append(short: Int(part.reference))
        out.append(contentsOf: [2, 0x0E, 0, 1, UInt8(part.count), 2, 0x0F, 0, 1, UInt8(part.number + 1)])
    }

    /// A relative time, YYMMDDhhmmss000R; empty where the SMSC decides. Years of 365 days and months of 30: nobody can
    /// say how long a message's "month" is, and no message lives that long.
    private static func validity(
        _ validity: SMPPConfig.Validity, _ category: Category, _ lifetime: Int64?
    ) -> String {
        var seconds = SMPPConfig.longestValidity
        switch validity {
        case .theirs: return ""
        case .own: if lifetime == nil { return "" }
        case .category: seconds = Int(category.defaultExpiry.components.seconds)
        case .seconds(let given): seconds = given
        }
        if let lifetime { seconds = min(seconds, Int(lifetime)) }
        let days = seconds / 86_400
        let fields = [
            days / 365, days % 365 / 30, days % 365 % 30, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
        ]
        return fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined() + "000R"
    }
}
