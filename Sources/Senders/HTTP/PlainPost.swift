/// One JSON document to an address of the operator's own choice, such as a webhook that is told of a failure. It carries
/// no message, and may stand on a private address.
package enum PlainPost {
    /// Nil where it was taken; else what went wrong.
    package static func send(_ body: [UInt8], to url: String) async throws -> String? {
        guard let host = host(of: url) else { return "\(url) is no address such as https://example.com/hook" }
        var transport = HTTPTransport()
        transport.host = host
        transport.isInternal = true
        transport.totalTimeout = .seconds(15)
        let loops = try SenderLoops()
        defer { loops.stop() }
        let (address, content) = (Array(url.utf8), body)
        let answer = await HTTPFetch.send(transport, over: loops.curl) { request in
            request.url.append(address)
            request.header("Content-Type", Array("application/json".utf8))
            request.body.append(content)
        }
        if answer.status == 0 { return answer.problem.isEmpty ? "no reply came" : answer.problem }
        return (200..<300).contains(answer.status) ? nil : "it answered \(answer.status)"
    }

    /// Host and port, as connections are told apart.
    private static func host(of url: String) -> String? {
        let schemes = [("https://", 443), ("http://", 80)]
        guard let (scheme, port) = schemes.first(where: { url.lowercased().hasPrefix($0.0) }) else { return nil }
        let name = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }.lowercased()
        let own = name.split(separator: "@").last.map(String.init) ?? ""
        guard !own.isEmpty, !url.utf8.contains(where: { $0 <= 0x20 }) else { return nil }
        let hasPort = own.hasSuffix("]") ? false : own.contains(":")
        return hasPort ? own : "\(own):\(port)"
    }
}
