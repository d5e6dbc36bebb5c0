import Domain

/// Every kind of provider there is, and how one is made from its account's settings.
package enum ProviderCatalogue {
    /// What providers of a process share.
    package struct Runtime: Sendable {
        package let curl: CurlLoop
        /// Tells this installation's idempotency keys from those of others on the same account.
        package let installation: String

        package init(curl: CurlLoop, installation: String = "herald") {
            self.curl = curl
            self.installation = installation
        }
    }

    private static let vendors: [any VendorAdapter.Type] = [
        TwilioAdapter.self,
        SendGridAdapter.self,
        AmazonSESAdapter.self,
        MailgunAdapter.self,
        BrevoAdapter.self,
        PostmarkAdapter.self,
        SNSAdapter.self,
    ]

    package static let kinds: [String] = ["sandbox", "http"] + vendors.map { $0.kind }

    /// The channels that a kind serves; nil where there is no such kind.
    package static func channels(of kind: String) -> [Channel]? {
        switch kind {
        case "sandbox", "http": Channel.allCases
        default: vendors.first { $0.kind == kind }?.channels
        }
    }

    package static func make(kind: String, name: String, settings: String, runtime: Runtime) throws -> any Provider {
        switch kind {
        case "sandbox": return SandboxProvider(name: name, settings: try SandboxSettings(json: settings))
        case "http":
            return HTTPProvider(
                name: name, adapter: ConfiguredAdapter(try HTTPProviderConfig(json: settings)), loop: runtime.curl,
                installation: runtime.installation)
        default:
            return HTTPProvider(
                name: name, adapter: try vendor(kind).init(json: settings), loop: runtime.curl,
                installation: runtime.installation)
        }
    }

    /// Checks settings before they are stored.
    package static func check(kind: String, settings: String) throws {
        switch kind {
        case "sandbox": _ = try SandboxSettings(json: settings)
        case "http": _ = try HTTPProviderConfig(json: settings)
        default: _ = try vendor(kind).init(json: settings)
        }
    }

    /// Who reads a provider's callbacks; nil where it calls nobody back.
    package static func callbacks(kind: String, settings: String) throws -> (any CallbackReader)? {
        kind == "sandbox" || kind == "http" ? nil : try vendor(kind).init(json: settings).callbacks
    }

    private static func vendor(_ kind: String) throws -> any VendorAdapter.Type {
        guard let vendor = vendors.first(where: { $0.kind == kind }) else { throw UnknownProviderKind(kind: kind) }
        return vendor
    }
}

package struct UnknownProviderKind: Error, CustomStringConvertible {
    let kind: String

    package var description: String {
        "There is no provider kind “\(kind)”; the kinds are \(ProviderCatalogue.kinds.joined(separator: ", "))."
    }
}
