/// One request for the access log. Names no one: the route stands for the path, the key's id for the caller; query
/// values, addresses and bodies never get here.
package struct AccessRecord: Sendable {
    /// Milliseconds since 1970, when the head had arrived.
    package var time: Int64
    package var method: String
    package var route: String
    /// 0 where the client went away before it was answered.
    package var status: Int
    /// Of the answer's body, before TLS.
    package var bytes: Int
    package var microseconds: Int64
    package var requestID: String
    package var traceID: String
    package var caller: String?

    /// A line of JSON with a line feed.
    package var line: String {
        var line = #"{"time":"\#(UTCTime.text(milliseconds: time))","method":"\#(method)","route":"\#(route)","#
        line += #""status":\#(status),"bytes":\#(bytes),"duration_us":\#(microseconds),"#
        line += #""request_id":"\#(requestID)","trace_id":"\#(traceID)""#
        if let caller { line += #","key":"\#(Self.safe(caller))""# }
        return line + "}\n"
    }

    /// Everything else in the line is this server's own or a checked token; a key's id is made elsewhere.
    private static func safe(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }.map(Character.init))
    }
}
