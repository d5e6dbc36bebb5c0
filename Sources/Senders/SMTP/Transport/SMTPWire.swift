private import CCurl
private import Glibc

/// The socket of a connection, and TLS over it where there is any. Never blocks, never raises SIGPIPE.
final class SMTPWire {
    struct Fault: Error {
        /// In the system's words; names no host.
        let reason: String

        init(_ code: Int32) { reason = String(cString: strerror(code)).lowercased() }
    }

    enum Received {
        case bytes(Int)
        case nothing
        case closed
    }

    enum Flushed {
        case done
        /// The far end does not read fast enough.
        case blocked
        case broken
    }

    let socket: Int32
    var channel: TLSChannel?
    private var isSecured = false
    /// Encrypted bytes that the socket did not take yet.
    private var sealed = RawBytes(capacity: 256)
    private var head = 0

    private init(socket: Int32) { self.socket = socket }

    deinit { close(socket) }

    /// Begins a connection.
    static func open(_ address: SocketAddress) -> Result<SMTPWire, Fault> {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(address.family, type, 0)
        guard descriptor >= 0 else { return .failure(Fault(errno)) }
        let wire = SMTPWire(socket: descriptor)
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = address.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return EINVAL }
            let name = base.assumingMemoryBound(to: sockaddr.self)
            return connect(descriptor, name, socklen_t(bytes.count)) == 0 ? 0 : errno
        }
        guard code == 0 || code == EINPROGRESS else { return .failure(Fault(code)) }
        return .success(wire)
    }

    /// Nil where the connection stands.
    func connectFault() -> Fault? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? nil : Fault(code)
    }

    func handshake() -> TLSChannel.Step? {
        let step = channel?.handshake()
        if step == .done { isSecured = true }
        return step
    }

    /// Reads into `room` in clear, or takes what is encrypted in and says how much there was.
    func receive(_ room: UnsafeMutableBufferPointer<UInt8>) -> Received {
        let count = recv(socket, room.baseAddress, room.count, 0)
        if count > 0 {
            channel?.feed(UnsafeBufferPointer(rebasing: room[..<count]))
            return .bytes(count)
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        return .closed
    }

    /// Nil at the end of the stream.
    func decrypt(_ room: UnsafeMutableBufferPointer<UInt8>) -> Int? { channel?.read(into: room) ?? nil }

    /// Writes what the session has to say, as much as the socket takes.
    func flush(_ session: inout SMTPSession) -> Flushed {
        guard let channel else {
            while session.hasPending {
                let count = send(session.pending)
                guard count > 0 else { return isBlocked ? .blocked : .broken }
                session.wrote(count)
            }
            return .done
        }
        while true {
            channel.drain(into: &sealed)
            while head < sealed.count {
                let count = send(sealed.buffer(head..<sealed.count))
                guard count > 0 else { return isBlocked ? .blocked : .broken }
                head += count
            }
            sealed.clear()
            head = 0
            guard isSecured, session.hasPending else { return .done }
            guard let count = channel.write(session.pending) else { return .broken }
            guard count > 0 else { return .done }
            session.wrote(count)
        }
    }

    private var isBlocked: Bool { errno == EAGAIN || errno == EINTR }

    private func send(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
