/// A request's head and what is there of its body, detached from the connection: it may be kept and read on any
/// thread.
package struct HTTPRequest: Sendable {
    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package let method: String
    /// The path as it was sent, without the query.
    package let rawPath: String
    package let query: [Parameter]
    package let headers: HTTPHeaders
    /// Who asks: the other end, or whom a named proxy says it asks for.
    package internal(set) var client: IPAddress = .any
    /// It came over TLS, here or at a named proxy.
    package internal(set) var isSecure = false
    /// The caller's `X-Request-Id` if it is fit to be written to a log, else a new one. Answered with.
    package internal(set) var id = ""
    /// The trace that the caller is in, or a new one.
    package internal(set) var trace = TraceContext.none
    /// The caller named the trace: it is told so.
    package internal(set) var isTraced = false
    /// The body, where it was collected before the handler was called; `content` reads it in every case.
    package internal(set) var body: [UInt8] = []
    package internal(set) var content = RequestBody.empty

    package init(
        method: String, rawPath: String, query: [Parameter] = [], headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.rawPath = rawPath
        self.query = query
        self.headers = headers
        self.body = body
        content = RequestBody(.whole(body), headers: headers, limit: Int.max)
    }

    /// The path, percent-decoded.
    package var path: String { PercentCoding.lenient(rawPath) }

    /// The first value of a query parameter.
    package func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

extension HTTPRequest {
    /// Where a client that lost its event stream wants to go on.
    package var lastEventID: String? { headers["last-event-id"] }
}
