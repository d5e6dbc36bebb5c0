import Crypto
import Domain

/// How vendors that sign nothing prove who calls: a user and a password, or a header that the vendor's administrator
/// sets.
struct WebhookSecret: Sendable {
    static let settings = ["webhook_user", "webhook_password", "webhook_header", "webhook_secret"]

    private let basic: [UInt8]?
    private let header: (name: String, value: String)?

    /// Nil where no secret is set: what anybody may have sent is not read.
    init?(_ reader: inout ConfigReader) throws(ConfigError) {
        let (user, password) = (try reader.plainText("webhook_user"), try reader.plainText("webhook_password"))
        if (user == nil) != (password == nil) {
            throw ConfigError(
                setting: reader.place(user == nil ? "webhook_user" : "webhook_password"), problem: "is missing")
        }
        basic = user.flatMap { user in
            password.map { Array("Basic ".utf8) + Base64.encode(Array("\(user):\($0)".utf8)) }
        }
        let name = try reader.plainText("webhook_header")
        let secret = try reader.plainText("webhook_secret")
        if name != nil || secret != nil {
            guard let secret, !secret.isEmpty else {
                throw ConfigError(setting: reader.place("webhook_secret"), problem: "is missing")
            }
            header = ((name ?? "X-Webhook-Secret").lowercased(), secret)
        } else {
            header = nil
        }
        if basic == nil, header == nil { return nil }
    }

    /// Where both are set, both must be right.
    func verify(_ callback: ProviderCallback) -> CallbackVerdict {
        if let basic, !ConstantTime.equal(Array((callback.header("authorization") ?? "").utf8), basic) {
            return .forged("wrong user or password")
        }
        if let header, !ConstantTime.equal(callback.header(header.name) ?? "", header.value) {
            return .forged("wrong secret")
        }
        return .genuine
    }
}
