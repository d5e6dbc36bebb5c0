/// The frames of RFC 6455 on a server's side: bytes in, what they mean out. Pure, and holds no more than one message.
/// Anything the standard forbids ends in the close code that it names; after that nothing more is read.
///
/// Written here because a library's context is 8 KB for each connection, and a server that offers no extension needs
/// little of one.
struct WebSocketCodec {
    enum Event: Equatable {
        case text([UInt8])
        case ping([UInt8])
        case pong
        /// The other end closes, with a code where it gave one.
        case close(UInt16?)
        /// The other end broke the rules: close with this code.
        case violation(UInt16)
    }

    enum Code {
        static let normal: UInt16 = 1000
        static let goingAway: UInt16 = 1001
        static let protocolError: UInt16 = 1002
        static let unsupported: UInt16 = 1003
        static let badText: UInt16 = 1007
        static let tooBig: UInt16 = 1009
    }

    private enum Operation {
        static let more: UInt8 = 0
        static let text: UInt8 = 1
        static let close: UInt8 = 8
        static let ping: UInt8 = 9
        static let pong: UInt8 = 10
    }

    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    /// The fragments of a message that isn't whole.
    private var message: [UInt8]?
    private var isOver = false

    /// `limit` is for a whole message.
    init(limit: Int) { self.limit = limit }

    mutating func feed(_ bytes: some Collection<UInt8>) {
        if isOver { return }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next event; nil when more must come first.
    mutating func next() -> Event? {
        while !isOver {
            let there = buffer.count - start
            guard there >= 2 else { break }
            let first = buffer[start]
            let second = buffer[start + 1]
            let operation = first & 0x0F
            let isFinal = first & 0x80 != 0
            // No extension is agreed on, and a client's frames are masked.
            guard first & 0x70 == 0, second & 0x80 != 0 else { return violation(Code.protocolError) }
            var length = Int(second & 0x7F)
            var head = 2
            if operation >= Operation.close {
                guard isFinal, length <= 125, operation <= Operation.pong else { return violation(Code.protocolError) }
            } else if operation > Operation.text {
                return violation(operation == 2 ? Code.unsupported : Code.protocolError)
            } else if operation == Operation.text ? message != nil : message == nil {
                return violation(Code.protocolError)
            }
            if length >= 126 {
                let width = length == 126 ? 2 : 8
                guard there >= 2 + width else { break }
                let long = buffer[start + 2..<start + 2 + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                // The shortest form is the only one.
                guard long >= (width == 2 ? 126 : 65536), long >> 63 == 0 else { return violation(Code.protocolError) }
                guard long <= UInt64(limit) else { return violation(Code.tooBig) }
                length = Int(long)
                head += width
            }
            if operation < Operation.close, (message?.count ?? 0) + length > limit { return violation(Code.tooBig) }
            guard there >= head + 4 + length else { break }
            let content = unmasked(at: start + head, length)
            start += head + 4 + length
            if let event = event(operation, isFinal, content) { return event }
        }
        if start == buffer.count {
            buffer = []
            start = 0
        }
        return nil
    }

    private mutating func event(_ operation: UInt8, _ isFinal: Bool, _ content: [UInt8]) -> Event? {
        switch operation {
        case Operation.ping: return .ping(content)
        case Operation.pong: return .pong
        case Operation.close:
            isOver = true
            guard !content.isEmpty else { return .close(nil) }
            guard content.count >= 2 else { return violation(Code.protocolError) }
            let code = UInt16(content[0]) << 8 | UInt16(content[1])
            guard Self.mayBeSent(code) else { return violation(Code.protocolError) }
            guard Self.isText(content[2...]) else { return violation(Code.badText) }
            return .close(code)
        default:
            let whole = (message ?? []) + content
            guard isFinal else {
                message = whole
                return nil
            }
            message = nil
            return Self.isText(whole[...]) ? .text(whole) : violation(Code.badText)
        }
    }

    private mutating func violation(_ code: UInt16) -> Event {
        isOver = true
        return .violation(code)
    }

    private func unmasked(at place: Int, _ length: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { content, count in
            for index in 0..<length { content[index] = buffer[place + 4 + index] ^ buffer[place + index & 3] }
            count = length
        }
    }

    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// 1004 to 1006 and 1015 are never sent; what lies between isn't given out yet.
    private static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    // MARK: Frames out, never masked and never in fragments

    static func text(_ bytes: [UInt8]) -> [UInt8] { frame(Operation.text, bytes) }
    static func ping() -> [UInt8] { frame(Operation.ping, []) }
    static func pong(_ content: [UInt8]) -> [UInt8] { frame(Operation.pong, content) }

    static func close(_ code: UInt16?) -> [UInt8] {
        frame(Operation.close, code.map { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] } ?? [])
    }

    private static func frame(_ operation: UInt8, _ content: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | operation]
        frame.reserveCapacity(content.count + 10)
        switch content.count {
        case ..<126: frame.append(UInt8(content.count))
        case ..<65536:
            frame.append(126)
            for shift in [8, 0] { frame.append(UInt8(truncatingIfNeeded: content.count >> shift)) }
        default:
            frame.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(truncatingIfNeeded: content.count >> shift))
            }
        }
        frame.append(contentsOf: content)
        return frame
    }
}
