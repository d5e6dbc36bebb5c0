import Crypto
import Domain

/// Amazon's request signature, version 4: an HMAC chain over the day, the region, the service and a canonical form of
/// the request. Pure: the time is handed in.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct SignatureV4: Sendable {
    let accessKey: String
    let secret: String
    let region: String
    let service: String
    let sessionToken: String?

    /// Signs the request whose body stands in it, and adds the headers that say so. `path` and `query` are as they go
    /// over the wire, already encoded; headers that are to be signed besides `Host` and the date are given here and
    /// added too.
    func authorize(
        _ request: inout HTTPRequest, method: String = "POST", host: String, path: String, query: String = "",
        headers: [(name: StaticString, value: String)] = [], at time: Timestamp
    ) {
        let stamp = Self.stamp(time)
        let hash = request.body.withSpan { Digest.sha256($0) }
        var signed = headers.map { (name: "\($0.name)".lowercased(), value: $0.value) }
        signed.append(("host", host))
        signed.append(("x-amz-date", stamp))
        if let sessionToken { signed.append(("x-amz-security-token", sessionToken)) }
        let authorization = self.authorization(
            method: method, path: path, query: query, headers: signed, bodyHash: hash, stamp: stamp)
        for (name, value) in headers { request.header(name, Array(value.utf8)) }
        request.header("X-Amz-Date", Array(stamp.utf8))
        if let sessionToken { request.header("X-Amz-Security-Token", Array(sessionToken.utf8)) }
        request.header("Authorization", Array(authorization.utf8))
    }

    /// The value of the `Authorization` header. Names are in lower case, values without space around them.
    func authorization(
        method: String, path: String, query: String, headers: [(name: String, value: String)], bodyHash: [UInt8],
        stamp: String
    ) -> String {
        let headers = headers.sorted { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = """
            \(method)
            \(path)
            \(Self.sorted(query))
            \(lines)
            \(names)
            \(hex(bodyHash))
            """
        let day = String(stamp.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(hex(Digest.sha256(Array(canonical.utf8))))"
        let key = [day, region, service, "aws4_request"].reduce(Array("AWS4\(secret)".utf8)) { key, part in
            HMAC.sha256(key: key, message: Array(part.utf8))
        }
        let signature = hex(HMAC.sha256(key: key, message: Array(text.utf8)))
        return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
    }

    /// `20150830T123600Z`
    static func stamp(_ time: Timestamp) -> String {
        // From `2015-08-30T12:36:00.000Z`.
        "\(time)".prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    /// By name, then by value.
    private static func sorted(_ query: String) -> String {
        query.split(separator: "&").map { $0.contains("=") ? String($0) : $0 + "=" }.sorted().joined(separator: "&")
    }

    private func hex(_ bytes: [UInt8]) -> String { String(decoding: Hex.encode(bytes), as: UTF8.self) }
}
