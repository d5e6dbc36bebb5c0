private import CMicroHTTP
private import Glibc

/// Joins a `BodyStream` to the server library's reader callback. Touched only by the polling thread.
final class StreamedBody {
    private let stream: any BodyStream
    private let connection: OpaquePointer
    private let context: DaemonContext
    private(set) var sent = 0
    private var isDrained = false

    init(_ stream: any BodyStream, connection: OpaquePointer, context: DaemonContext) {
        self.stream = stream
        self.connection = connection
        self.context = context
    }

    func tick(now: Int64, isDraining: Bool) {
        stream.tick(now: now)
        guard isDraining, !isDrained else { return }
        isDrained = true
        stream.drain()
    }

    func ended() { stream.ended() }

    /// The library's response owns this and frees it.
    func response(length: Int?) -> OpaquePointer? {
        let context = Unmanaged.passRetained(self).toOpaque()
        // A body in chunks is written straight into the connection's memory: a buffer of its own would be 4 KB for
        // each open stream, and idle.
        let response = MHD_create_response_from_callback(
            length.map(UInt64.init) ?? UInt64.max, length == nil ? 1 : 16384,
            { context, _, buffer, capacity in
                guard let context, let buffer else { return -2 }
                let body = Unmanaged<StreamedBody>.fromOpaque(context).takeUnretainedValue()
                return body.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
            },
            context,
            { context in
                if let context { Unmanaged<StreamedBody>.fromOpaque(context).release() }
            })
        if response == nil { Unmanaged<StreamedBody>.fromOpaque(context).release() }
        return response
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let endOfStream = -1
        let endWithError = -2
        guard !context.core.registry.isClosed else { return endWithError }
        switch stream.next(into: buffer) {
        case .wrote(let count):
            let count = min(count, buffer.count)
            sent += count
            return count
        case .wait(let start):
            // Suspended in here, because returning 0 alone makes the library ask again at once, for ever.
            push()
            let suspension = Suspension(connection: connection, context: context)
            MHD_suspend_connection(connection)
            if context.core.registry.insert(suspension) { start(suspension) } else { suspension.resume() }
            return 0
        case .end:
            return endOfStream
        case .abort:
            // A reset and not an orderly close, as a crashed peer would leave it.
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                herald_mhd_socket(connection), SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout<Glibc.linger>.size))
            return endWithError
        }
    }

    /// The library holds back what it sent last, for more to come: the head of an event stream would wait 40 ms.
    private func push() {
        var off: Int32 = 0
        setsockopt(
            herald_mhd_socket(connection), Int32(IPPROTO_TCP), TCP_CORK, &off,
            socklen_t(MemoryLayout<Int32>.size))
    }
}
