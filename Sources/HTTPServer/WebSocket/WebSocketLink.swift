private import CMicroHTTP
private import Glibc

/// A WebSocket's socket.
///
/// Sendable: made on a polling thread and handed over to the loop's thread once, which alone touches it from then on.
final class WebSocketLink: @unchecked Sendable {
    private enum Stage {
        case open
        /// A close frame is out or on its way; until then the other end's is waited for.
        case closing(until: Int64)
        case over
    }

    private static let patience: Int64 = 5000
    private static let pingAfter: Int64 = 30_000
    private static let deadAfter: Int64 = 75_000

    let descriptor: Int32
    let socket: WebSocket
    /// How the library takes the connection back. An address, as it came.
    private let handle: OpaquePointer?
    private let doorbell: Doorbell
    private var codec: WebSocketCodec
    private var unsent: [UInt8] = []
    private var sentCount = 0
    private var stage = Stage.open
    private var heardAt: Int64
    private var pingedAt: Int64

    init(
        _ socket: WebSocket, descriptor: Int32, handle: OpaquePointer?, doorbell: Doorbell, early: [UInt8], limit: Int,
        now: Int64
    ) {
        self.socket = socket
        self.descriptor = descriptor
        self.handle = handle
        self.doorbell = doorbell
        codec = WebSocketCodec(limit: limit)
        codec.feed(early)
        heardAt = now
        pingedAt = now
    }

    /// Reads and writes what can be. False once it is over.
    func run(now: Int64) -> Bool {
        take(now: now)
        read(now: now)
        take(now: now)
        write()
        if case .over = stage, unsent.isEmpty { return false }
        return true
    }

    /// False where the other end has been silent for too long.
    func tick(now: Int64) -> Bool {
        if case .closing(let until) = stage, now >= until { return false }
        guard now - heardAt < Self.deadAfter else { return false }
        if case .open = stage, now - max(heardAt, pingedAt) >= Self.pingAfter {
            pingedAt = now
            unsent += WebSocketCodec.ping()
        }
        return run(now: now)
    }

    /// Gives the connection back to the library, which closes it.
    func end() {
        socket.gone()
        herald_mhd_close_upgraded(handle)
        doorbell.ring()
    }

    private func take(now: Int64) {
        while case .open = stage, socket.hasRoom(), let event = codec.next() {
            switch event {
            case .text(let text): socket.received(text)
            case .ping(let content): unsent += WebSocketCodec.pong(content)
            case .pong: break
            case .close(let code): finish(code)
            case .violation(let code): finish(code)
            }
        }
        if case .closing = stage {
            while let event = codec.next() {
                if case .close = event { stage = .over }
                if case .violation = event { stage = .over }
            }
        }
        guard case .open = stage else { return }
        let (bytes, closing, isTooSlow) = socket.takeOutbox()
        if isTooSlow {
            unsent = []
            stage = .over
            return
        }
        unsent += bytes
        if let closing {
            unsent += WebSocketCodec.close(closing)
            stage = .closing(until: now + Self.patience)
        }
    }

    private func finish(_ code: UInt16?) {
        unsent += socket.takeOutbox().bytes + WebSocketCodec.close(code)
        stage = .over
    }

    private func read(now: Int64) {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            while true {
                switch stage {
                case .over: return
                case .open where !socket.hasRoom(): return
                default: break
                }
                let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN || errno == EINTR { return }
                guard count > 0 else {
                    unsent = []
                    stage = .over
                    return
                }
                heardAt = now
                codec.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                take(now: now)
            }
        }
    }

    private func write() {
        while sentCount < unsent.count {
            let count = unsent.withUnsafeBytes { bytes in
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                return send(descriptor, bytes.baseAddress.map { $0 + sentCount }, bytes.count - sentCount, flags)
            }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { return }
                stage = .over
                break
            }
            sentCount += count
        }
        unsent = []
        sentCount = 0
    }
}
