import Domain

/// The settings that all services of Amazon share: keys, region, where the service stands.
struct AmazonAccount: Sendable {
    static let settings = ["access_key_id", "secret_access_key", "session_token", "region", "base_url"]

    let base: BaseURL
    let signature: SignatureV4

    /// `prefix` begins the host's name, such as `sns`; `service` is its name in signatures.
    init(_ reader: inout ConfigReader, prefix: String, service: String) throws(ConfigError) {
        let region = try reader.required("region", such: "eu-west-1")
        guard region.utf8.allSatisfy({ $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A }) else {
            throw ConfigError(setting: reader.place("region"), problem: "must be a region's name such as eu-west-1")
        }
        let zone = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        base = try BaseURL.read(&reader, usual: "https://\(prefix).\(region).\(zone)")
        signature = SignatureV4(
            accessKey: try reader.required("access_key_id", such: "AKIAIOSFODNN7EXAMPLE"),
            secret: try reader.required("secret_access_key"), region: region, service: service,
            sessionToken: try reader.plainText("session_token"))
    }

    /// The host as libcurl writes it into the request: without the port where that is the scheme's own.
    var hostHeader: String {
        let isTLS = base.bytes.starts(with: Array("https:".utf8))
        let usual = isTLS ? ":443" : ":80"
        return base.host.hasSuffix(usual) ? String(base.host.dropLast(usual.count)) : base.host
    }

    /// The path of the base address, as far as it has one: a gateway in front of Amazon.
    var basePath: String {
        let text = String(decoding: base.bytes, as: UTF8.self)
        let rest = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return rest.count > 3 ? "/" + rest[3] : ""
    }
}
