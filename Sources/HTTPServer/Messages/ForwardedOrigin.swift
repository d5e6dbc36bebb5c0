/// Who a request really comes from. Behind a proxy that the settings name, it says so in `Forwarded` or
/// `X-Forwarded-For`; from anyone else those headers are only a claim, and aren't looked at.
struct ForwardedOrigin: Equatable {
    var client: IPAddress
    var isSecure: Bool

    static func of(_ headers: HTTPHeaders, peer: IPAddress, proxies: [IPNetwork]) -> ForwardedOrigin {
        var origin = ForwardedOrigin(client: peer, isSecure: false)
        guard proxies.contains(where: { $0.contains(peer) }) else { return origin }
        var hops: [String]
        if headers.occurrences(of: "forwarded") > 0 {
            let elements = headers.all("forwarded").flatMap { $0.split(separator: ",") }
            hops = elements.map { field("for", in: $0) ?? "unknown" }
            origin.isSecure = elements.last.flatMap { field("proto", in: $0) } == "https"
        } else {
            hops = headers.all("x-forwarded-for").flatMap { $0.split(separator: ",") }.map { trimmed($0) }
            origin.isSecure = headers.all("x-forwarded-proto").last.map { trimmed($0[...]) } == "https"
        }
        // From the nearest on: each is believed as long as the one that reported it is.
        while let hop = hops.popLast() {
            guard let address = address(hop) else { break }
            origin.client = address
            guard proxies.contains(where: { $0.contains(address) }) else { break }
        }
        return origin
    }

    /// A parameter of one element of `Forwarded`.
    private static func field(_ name: String, in element: Substring) -> String? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, trimmed(parts[0]).lowercased() == name else { continue }
            return trimmed(parts[1]).filter { $0 != "\"" }
        }
        return nil
    }

    /// With or without a port: `1.2.3.4:56`, `[2001:db8::1]:56`, or bare.
    private static func address(_ text: String) -> IPAddress? {
        if text.hasPrefix("[") { return IPAddress(String(text.dropFirst().prefix { $0 != "]" })) }
        if let address = IPAddress(text) { return address }
        let parts = text.split(separator: ":")
        return parts.count == 2 ? IPAddress(String(parts[0])) : nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
