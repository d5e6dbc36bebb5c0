/// A deliver_sm or data_sm taken apart.
struct SMPPDelivery: Hashable {
    struct Address: Hashable {
        var type: UInt8
        var digits: String

        /// With a plus where the SMSC says that the number is an international one.
        var text: String {
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            return type == 1 && isNumber ? "+" + digits : digits
        }
    }

    enum Parameter {
        static let receiptedMessageID: UInt16 = 0x001E
        static let networkErrorCode: UInt16 = 0x0423
        static let messagePayload: UInt16 = 0x0424
        static let messageState: UInt16 = 0x0427
    }

    var source: Address
    var destination: Address
    var esmClass: UInt8
    var dataCoding: UInt8
    /// The text's bytes, without the header that joins parts.
    var text: [UInt8]
    var parameters: [UInt16: [UInt8]] = [:]

    /// Nil where it is cut short or no such PDU.
    init?(_ pdu: [UInt8]) {
        guard pdu.count >= SMPPHeader.size else { return nil }
        let header = SMPPHeader(pdu.span)
        guard header.length == pdu.count else { return nil }
        var reader = Reader(rest: pdu[SMPPHeader.size...])
        guard reader.text() != nil, let source = reader.address(), let destination = reader.address(),
            let esmClass = reader.byte()
        else { return nil }
        self.source = source
        self.destination = destination
        self.esmClass = esmClass
        switch header.command {
        case SMPPCommand.deliver:
            guard reader.bytes(2) != nil, reader.text() != nil, reader.text() != nil, reader.bytes(2) != nil,
                let coding = reader.byte(), reader.byte() != nil, let length = reader.byte(),
                let text = reader.bytes(Int(length))
            else { return nil }
            dataCoding = coding
            self.text = text
        case SMPPCommand.data:
            guard reader.byte() != nil, let coding = reader.byte() else { return nil }
            dataCoding = coding
            text = []
        default: return nil
        }
        while let tag = reader.short(), let length = reader.short(), let value = reader.bytes(Int(length)) {
            parameters[tag] = value
        }
        if text.isEmpty { text = parameters[Parameter.messagePayload] ?? [] }
        if esmClass & 0x40 != 0, let length = text.first { text.removeFirst(min(text.count, Int(length) + 1)) }
    }

    /// A receipt or an intermediate notification of the SMSC, and nothing that a person could have written.
    var isReceipt: Bool {
        switch esmClass & 0x3C {
        case 0x04, 0x20: true
        case 0: parameters[Parameter.receiptedMessageID] != nil
        default: false
        }
    }

    /// A message from a person; not the acknowledgements that phones can be made to send.
    var isReply: Bool { esmClass & 0x3C == 0 && !isReceipt }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func short() -> UInt16? { bytes(2).map { UInt16($0[0]) << 8 | UInt16($0[1]) } }

        mutating func bytes(_ count: Int) -> [UInt8]? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }

        mutating func text() -> [UInt8]? {
            guard let end = rest.firstIndex(of: 0) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return Array(rest[..<end])
        }

        mutating func address() -> Address? {
            guard let type = byte(), byte() != nil, let digits = text() else { return nil }
            return Address(type: type, digits: String(decoding: digits, as: UTF8.self))
        }
    }
}
