internal import Crypto

/// The answer that makes a WebSocket of a connection.
package struct WebSocketUpgrade: Sendable {
    package typealias Work = @Sendable (WebSocket) async -> Void

    let accept: String
    let limit: Int
    let work: Work

    private static let name = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

    /// Sec-WebSocket-Accept for a key.
    static func accept(_ key: String) -> String {
        String(decoding: Base64.encode(Digest.sha1(Array(key.utf8) + name)), as: UTF8.self)
    }
}

extension HTTPResponse {
    /// Opens a WebSocket and has the work done with it; when that returns, it is closed. A request that asks for none is
    /// refused. `limit` is for each text of the client, and four times that for what it hasn't taken.
    package static func webSocket(
        _ request: HTTPRequest, limit: Int = 64 << 10, _ work: @escaping WebSocketUpgrade.Work
    ) -> HTTPResponse {
        let headers = request.headers
        let isUpgrade =
            headers.isValue(of: "upgrade", "websocket")
            && headers.all("connection").contains { $0.lowercased().contains("upgrade") } && request.method == "GET"
        guard isUpgrade, let key = headers["sec-websocket-key"], Base64.decode(Array(key.utf8))?.count == 16 else {
            var refusal = HTTPResponse.problem(426, "This address speaks WebSocket.", "Ask for an upgrade to it.")
            refusal.headers.append(("Upgrade", "websocket"))
            return refusal
        }
        guard headers["sec-websocket-version"] == "13" else {
            var refusal = HTTPResponse.problem(426, "The WebSocket version is not known.", "Version 13 is.")
            refusal.headers.append(("Sec-WebSocket-Version", "13"))
            return refusal
        }
        let upgrade = WebSocketUpgrade(accept: WebSocketUpgrade.accept(key), limit: limit, work: work)
        return HTTPResponse(
            status: 101, headers: [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", upgrade.accept)],
            body: .webSocket(upgrade))
    }
}
