import Domain

/// The webhooks of a chat account by name. A recipient's address is such a name and never a URL: a recipient file
/// must not choose whom we talk to.
struct WebhookBook: Sendable {
    private let urls: [[UInt8]: [UInt8]]
    /// Host and port, the same for all: a provider talks to one host.
    let host: String

    /// Nil where the setting is not there. `base` is where all must stand; where it is nil the first one says.
    init?(_ reader: inout ConfigReader, base: BaseURL?) throws(ConfigError) {
        let place = reader.place("webhooks")
        guard let object = try reader.object("webhooks") else { return nil }
        guard !object.isEmpty else {
            throw ConfigError(setting: place, problem: #"is empty: name one, such as {"ops": "https://…"}"#)
        }
        var urls: [[UInt8]: [UInt8]] = [:]
        var root = base.map { Self.root(String(decoding: $0.bytes, as: UTF8.self)) }
        for (name, value) in object {
            let setting = "\(place).\(name)"
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !name.contains("://") else {
                throw ConfigError(setting: setting, problem: "is no name: write one such as ops")
            }
            guard case .string(let text) = value else {
                throw ConfigError(setting: setting, problem: "must be the webhook's address, not \(value.kindName)")
            }
            let url = base.map { $0.completing(text) } ?? text
            try Self.check(url, setting)
            let found = Self.root(url)
            guard base != nil || found.hasPrefix("https://") else {
                throw ConfigError(setting: setting, problem: "must begin with https://")
            }
            guard found == root ?? found else {
                throw ConfigError(
                    setting: setting, problem: "must stand at \(root ?? ""): make another provider for other hosts")
            }
            root = found
            urls[Array(name.utf8)] = Array(url.utf8)
        }
        self.urls = urls
        host = root.map(HTTPProviderConfig.host) ?? ""
    }

    func url(_ message: MessageBatch.Message, of source: RequestSource) -> [UInt8]? { urls[source.bytes(message.to)] }

    /// What a message to a name that is not in the book ends as.
    func refusal(_ message: MessageBatch.Message, of source: RequestSource, vendor: String) -> Outcome? {
        guard url(message, of: source) == nil else { return nil }
        return .permanent(
            reason: ProviderReason.text(ProviderReason.invalidRecipient, vendor, "no webhook of that name"))
    }

    private static func check(_ url: String, _ setting: String) throws(ConfigError) {
        let template: RequestTemplate
        do throws(ConfigError) { template = try HTTPProviderConfig.url(url) } catch {
            throw ConfigError(setting: setting, problem: error.problem)
        }
        guard template.fields.isEmpty, !url.contains("#") else {
            throw ConfigError(setting: setting, problem: "must be a plain address, without {{ }} and #")
        }
    }

    /// Scheme, host and port.
    private static func root(_ url: String) -> String {
        (url.lowercased().hasPrefix("https://") ? "https://" : "http://") + HTTPProviderConfig.host(url)
    }
}
