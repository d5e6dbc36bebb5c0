private import CMicroHTTP
private import Glibc

/// Joins a `BodyStream` to the server library's reader callback. Owned by the library's response,
/// which frees it.
final class StreamedBody {
    private let stream: any BodyStream
    private let connection: OpaquePointer
    private let context: DaemonContext

    init(_ stream: any BodyStream, connection: OpaquePointer, context: DaemonContext) {
        self.stream = stream
        self.connection = connection
        self.context = context
    }

    func response(length: Int?) -> OpaquePointer? {
        let context = Unmanaged.passRetained(self).toOpaque()
        let response = MHD_create_response_from_callback(
            length.map(UInt64.init) ?? UInt64.max, 4096,
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
            return min(count, buffer.count)
        case .wait(let start):
            // Suspended in here, because returning 0 alone makes the library ask again at once, for ever.
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
}
