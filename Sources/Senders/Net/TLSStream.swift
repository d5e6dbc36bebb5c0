/// TLS over TCP. Bytes count as written once the socket has taken the whole record that holds them: the far end can make
/// nothing of a part of one, so what is not counted has not been sent.
final class TLSStream: ByteStream {
    private let plain: PlainStream
    private let channel: TLSChannel
    private var isConnected = false
    /// Encrypted bytes that the socket did not take yet, from `head` on.
    private var sealed = RawBytes(capacity: 256)
    private var head = 0
    /// How many bytes of the caller's the last of those records holds.
    private var promised = 0
    private var room = RawBytes(capacity: 256)

    private static let mostRead = 16 << 10

    /// Nil without memory. The stream closes the connection from then on.
    init?(over plain: PlainStream, _ context: TLSContext, host: String) {
        guard let channel = TLSChannel(context, host: host) else { return nil }
        self.plain = plain
        self.channel = channel
    }

    var descriptor: Int32 { plain.descriptor }

    func open() -> StreamStep {
        if !isConnected {
            let step = plain.open()
            guard step == .done(0) else { return step }
            isConnected = true
        }
        while true {
            let step = channel.handshake()
            // Whatever came of it, the far end hears of it: a refusal too.
            let sending = flush()
            if case .failed(let reason) = step { return .failed(reason) }
            if let sending { return sending }
            if step == .done { return .done(0) }
            let reading = feed()
            guard case .done = reading else { return reading }
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
        let space = buffer.bindMemory(to: UInt8.self)
        var count = 0
        while count < space.count {
            guard let more = channel.read(into: UnsafeMutableBufferPointer(rebasing: space[count...])) else {
                return count > 0 ? .done(count) : .ended
            }
            count += more
            if more > 0 { continue }
            let step = feed()
            guard case .done = step else {
                // An answer that TLS itself owes goes out now, or with the next bytes that are written.
                _ = flush()
                return count > 0 ? .done(count) : step
            }
        }
        return .done(count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> StreamStep {
        if promised == 0, !bytes.isEmpty {
            guard let taken = bytes.withMemoryRebound(to: UInt8.self, { channel.write($0) }) else { return .ended }
            guard taken > 0 else { return .wait(reading: true, writing: false) }
            promised = taken
        }
        if let step = flush() { return step }
        defer { promised = 0 }
        return .done(promised)
    }

    func close() { plain.close() }

    /// Nil once the socket has taken all that is encrypted.
    private func flush() -> StreamStep? {
        channel.drain(into: &sealed)
        while head < sealed.count {
            let step = plain.write(UnsafeRawBufferPointer(sealed.buffer(head..<sealed.count)))
            guard case .done(let count) = step else { return step }
            head += count
        }
        sealed.clear()
        head = 0
        return nil
    }

    /// Takes in what the socket has.
    private func feed() -> StreamStep {
        room.clear()
        var step = StreamStep.ended
        room.append(upTo: Self.mostRead) { space in
            step = plain.read(into: UnsafeMutableRawBufferPointer(start: space, count: Self.mostRead))
            if case .done(let count) = step { return count }
            return 0
        }
        channel.feed(room.buffer)
        return step
    }
}
