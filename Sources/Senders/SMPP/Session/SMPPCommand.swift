/// The commands of SMPP 3.4 that a client meets. An answer's number is its request's with the highest bit set.
enum SMPPCommand {
    static let bindReceiver: UInt32 = 0x01
    static let bindTransmitter: UInt32 = 0x02
    static let submit: UInt32 = 0x04
    static let deliver: UInt32 = 0x05
    static let unbind: UInt32 = 0x06
    static let bindTransceiver: UInt32 = 0x09
    static let outbind: UInt32 = 0x0B
    static let enquireLink: UInt32 = 0x15
    static let alertNotification: UInt32 = 0x102
    static let data: UInt32 = 0x103

    static let answer: UInt32 = 0x8000_0000
    static let genericNack: UInt32 = 0x8000_0000
}
