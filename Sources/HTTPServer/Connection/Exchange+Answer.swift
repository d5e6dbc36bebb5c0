private import CMicroHTTP
private import Synchronization

extension Exchange {
    /// Hands the response to the library.
    func answer(_ response: HTTPResponse, closing: Bool, on connection: OpaquePointer) -> Bool {
        stage = .answered
        var response = response
        if case .webSocket = response.body, core.webSockets.count >= core.options.maxWebSockets {
            response = .problem(
                503, "There are as many WebSockets open as this server can hold.",
                "Try again later, or follow the events as a stream.")
            response.headers.append(("Retry-After", "10"))
        }
        status = response.status
        caller = response.caller
        tenant = response.tenant
        record?.enter(.answer)
        response = decorated(response, closing: closing || core.isDraining)
        let made: OpaquePointer?
        switch response.body {
        case .bytes(let bytes):
            answerBytes = request.method == "HEAD" ? 0 : bytes.count
            made = bytes.withUnsafeBytes { bytes in
                MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .stream(let stream, let length):
            let body = StreamedBody(stream, connection: connection, context: context)
            if stream is EventStream {
                isEventStream = true
                core.eventStreams.add(1, ordering: .relaxed)
            }
            self.stream = body
            made = body.response(length: length)
        case .webSocket(let upgrade):
            record?.enter(.handler)
            made = PendingUpgrade(upgrade, context).response()
        }
        guard let made else { return false }
        defer { MHD_destroy_response(made) }
        for (name, value) in response.headers { MHD_add_response_header(made, name, value) }
        return MHD_queue_response(connection, UInt32(response.status), made) == .YES
    }

    /// With what every answer carries.
    func decorated(_ response: HTTPResponse, closing: Bool) -> HTTPResponse {
        var response = response
        if !request.id.isEmpty { response.headers.append(("X-Request-Id", request.id)) }
        // The draft of the answer to a `traceparent`: under which name this request can be found.
        if request.isTraced { response.headers.append(("traceresponse", request.trace.header)) }
        if request.isSecure, let seconds = core.options.strictTransportSeconds {
            response.headers.append(("Strict-Transport-Security", "max-age=\(seconds)"))
        }
        if closing, response.status != 101 { response.headers.append(("Connection", "close")) }
        return response
    }
}
