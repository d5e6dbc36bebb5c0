/// One request for the access log and for counting. Names no one: the operation stands for the path, the key's id for
/// the caller; query values and bodies never get here, and the line has the client's address only as far as somebody
/// asked for it.
package struct AccessRecord: Sendable {
    /// Milliseconds since 1970, when the head had arrived.
    package var time: Int64
    package var method: String
    package var route: String
    /// What the API's document calls the route; `-` where there was none.
    package var operation: String
    /// 0 where the client went away before it was answered.
    package var status: Int
    /// Of the answer's body, before TLS.
    package var bytes: Int
    package var microseconds: Int64
    /// An event stream or a WebSocket: it lasted as long as somebody listened.
    package var isEndless: Bool
    package var requestID: String
    package var traceID: String
    package var caller: String?
    package var tenant: String?
    package var client: IPAddress

    /// How much of the client's address a line tells.
    package enum AddressDetail: String, Sendable, CaseIterable {
        case none
        /// The first 24 bits of an IPv4 address, 48 of an IPv6 one.
        case network
        case full
    }

    /// A line of JSON with a line feed.
    package func line(addresses: AddressDetail = .none) -> String {
        var line = #"{"time":"\#(UTCTime.text(milliseconds: time))","operation":"\#(operation)","#
        line += #""method":"\#(method)","route":"\#(route)","#
        line += #""status":\#(status),"bytes":\#(bytes),"duration_us":\#(microseconds),"#
        line += #""request_id":"\#(requestID)","trace_id":"\#(traceID)""#
        if let caller { line += #","key":"\#(Self.safe(caller))""# }
        if let tenant { line += #","tenant":"\#(Self.safe(tenant))""# }
        switch addresses {
        case .none: break
        case .network: line += #","network":"\#(client.network)""#
        case .full: line += #","address":"\#(client)""#
        }
        return line + "}\n"
    }

    /// Everything else in the line is this server's own or a checked token; a key's id and a tenant's name are made
    /// elsewhere.
    private static func safe(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }.map(Character.init))
    }
}
