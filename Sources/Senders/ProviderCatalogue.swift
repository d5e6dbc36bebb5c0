import Domain

/// Every kind of provider there is, and how one is made from its account's settings.
package enum ProviderCatalogue {
    private static let vendors: [any VendorAdapter.Type] = [
        TwilioAdapter.self, VonageAdapter.self, VonageVoiceAdapter.self, SNSAdapter.self, MessageBirdAdapter.self,
        KannelAdapter.self, WhatsAppAdapter.self,
        SendGridAdapter.self, MailgunAdapter.self, BrevoAdapter.self, PostmarkAdapter.self,
        FCMAdapter.self, APNsAdapter.self, SlackAdapter.self, DiscordAdapter.self, TeamsAdapter.self,
        AmazonSESAdapter.self,
    ]

    private static let all: [ProviderKind] = [.sandbox, .http, .smtp, .smpp] + vendors.map { ProviderKind.vendor($0) }

    package static let kinds: [String] = all.map(\.name)

    /// The channels that a kind serves; nil where there is no such kind.
    package static func channels(of kind: String) -> [Channel]? { all.first { $0.name == kind }?.channels }

    /// The names of a kind's own settings; nil where there is no such kind.
    package static func settings(of kind: String) -> [String]? { all.first { $0.name == kind }?.settings }

    /// Settings that an account of any kind may have.
    package static let commonSettings = LimitSettings.members

    package static func make(
        kind: String, name: String, settings: String, runtime: SenderRuntime
    ) throws -> any Provider {
        try Self.kind(kind).make(name, settings, runtime)
    }

    /// Checks settings before they are stored.
    package static func check(kind: String, settings: String) throws {
        _ = try LimitSettings(json: settings)
        try Self.kind(kind).check(settings)
    }

    /// Checks settings that somebody gives: a currency in them is one in use. Those that are stored may have gone out of use since,
    /// and their account works on.
    package static func checkNew(kind: String, settings: String) throws {
        try check(kind: kind, settings: settings)
        let object = try? JSON.parse(settings)
        let named = [("currency", object?["currency"]), ("cost.currency", object?["cost"]?["currency"])]
        for case (let place, let code?) in named.map({ ($0.0, $0.1?.stringValue) }) {
            do throws(CurrencyFault) { _ = try Currency(named: code) } catch {
                throw ConfigError(setting: place, problem: "can't be taken: \(error)")
            }
        }
    }

    /// Who reads a provider's callbacks; nil where it calls nobody back.
    package static func callbacks(kind: String, settings: String) throws -> (any CallbackReader)? {
        try Self.kind(kind).callbacks(settings)
    }

    private static func kind(_ name: String) throws -> ProviderKind {
        guard let kind = all.first(where: { $0.name == name }) else { throw UnknownProviderKind(kind: name) }
        return kind
    }
}

package struct UnknownProviderKind: Error, CustomStringConvertible {
    let kind: String

    package var description: String {
        "There is no provider kind “\(kind)”; the kinds are \(ProviderCatalogue.kinds.joined(separator: ", "))."
    }
}
