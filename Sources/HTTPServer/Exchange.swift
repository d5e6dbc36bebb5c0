private import CMicroHTTP

/// One request on its way through the server library: read, handed to the handler, answered. Lives in
/// the library's per-request pointer and is touched only by the thread that polls its connection.
/// Its steps say false where the connection must be closed.
final class Exchange {
    private enum Stage {
        case reading
        /// The body outgrew the limit, or the head was answered at once: the rest is not looked at.
        case refused
        case waiting(PendingAnswer)
        case answered
    }

    private var request: HTTPRequest
    private var stage = Stage.reading
    private let context: DaemonContext
    private var core: ServerCore { context.core }

    init(request: HTTPRequest, context: DaemonContext) {
        self.request = request
        self.context = context
        core.began()
    }

    /// The library is done with the request, answered or not.
    func finish() { core.ended() }

    /// The head has arrived. A body that says it is too long is refused before it is read.
    func begin(_ connection: OpaquePointer) -> Bool {
        guard let length = request.headers["content-length"].flatMap({ Int($0) }) else { return true }
        if length > core.options.maxBody {
            stage = .refused
            return queue(
                .text(413, "The body is larger than \(core.options.maxBody) bytes.\n"), closing: true, on: connection)
        }
        request.body.reserveCapacity(length)
        return true
    }

    /// A piece of the body. A chunked body that outgrows the limit ends the connection, because the
    /// library takes no answer in the middle of an upload.
    func receive(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        guard case .reading = stage, request.body.count + piece.count <= core.options.maxBody else { return false }
        request.body.append(contentsOf: piece)
        return true
    }

    /// The request is whole, or its connection was woken.
    func proceed(_ connection: OpaquePointer) -> Bool {
        switch stage {
        case .reading:
            guard !core.registry.isClosed else { return queue(Self.stopping, closing: true, on: connection) }
            switch core.handler(request) {
            case .now(let response):
                stage = .answered
                return queue(response, closing: false, on: connection)
            case .drop:
                return false
            case .later(let start):
                let suspension = Suspension(connection: connection, context: context)
                let pending = PendingAnswer(suspension)
                stage = .waiting(pending)
                MHD_suspend_connection(connection)
                if core.registry.insert(suspension) { start(pending) } else { suspension.resume() }
                return true
            }
        case .waiting(let pending):
            stage = .answered
            switch pending.take() {
            case .response(let response): return queue(response, closing: false, on: connection)
            case .drop: return false
            case nil: return queue(Self.stopping, closing: true, on: connection)
            }
        case .refused, .answered:
            return true
        }
    }

    private static let stopping = HTTPResponse.text(503, "The server is stopping.\n")

    private func queue(_ response: HTTPResponse, closing: Bool, on connection: OpaquePointer) -> Bool {
        let made: OpaquePointer?
        switch response.body {
        case .bytes(let bytes):
            made = bytes.withUnsafeBytes { bytes in
                MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .stream(let stream, let length):
            made = StreamedBody(stream, connection: connection, context: context).response(length: length)
        }
        guard let made else { return false }
        defer { MHD_destroy_response(made) }
        for (name, value) in response.headers { MHD_add_response_header(made, name, value) }
        if closing { MHD_add_response_header(made, "Connection", "close") }
        return MHD_queue_response(connection, UInt32(response.status), made) == .YES
    }
}
