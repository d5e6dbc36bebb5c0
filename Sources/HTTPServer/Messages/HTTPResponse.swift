/// What a handler gives back for a request.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Bytes made while they are sent. `length` is what the client is told to expect, if known.
        case stream(any BodyStream, length: Int?)
        /// No body: the connection becomes a WebSocket.
        case webSocket(WebSocketUpgrade)
    }

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Body
    /// Who asked, for the access log: the id of a key, never the key.
    package var caller: String?
    /// Its tenant's name, for the same.
    package var tenant: String?

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(status: Int = 200, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: .bytes(bytes))
    }

    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    /// A refusal as RFC 9457 has it. The texts are this program's own: nothing of the request goes into them, and
    /// no character of theirs needs escaping.
    package static func problem(_ status: Int, _ title: StaticString, _ detail: String) -> HTTPResponse {
        let body = #"{"type":"about:blank","title":"\#(title)","status":\#(status),"detail":"\#(detail)"}"# + "\n"
        return HTTPResponse(
            status: status, headers: [("Content-Type", "application/problem+json")], body: .bytes(Array(body.utf8)))
    }
}
