import Domain

/// One kind of provider: what `provider add --kind` names.
struct ProviderKind: Sendable {
    let name: String
    let channels: [Channel]
    /// The names of its own settings; `LimitSettings` reads those of every kind.
    let settings: [String]
    let check: @Sendable (_ settings: String) throws -> Void
    let make: @Sendable (_ name: String, _ settings: String, _ runtime: SenderRuntime) throws -> any Provider
    var callbacks: @Sendable (_ settings: String) throws -> (any CallbackReader)? = { _ in nil }
}

extension ProviderKind {
    static let sandbox = ProviderKind(
        name: "sandbox", channels: Channel.allCases, settings: SandboxSettings.known,
        check: { _ = try SandboxSettings(json: $0) },
        make: { name, settings, _ in SandboxProvider(name: name, settings: try SandboxSettings(json: settings)) })

    static let http = ProviderKind(
        name: "http", channels: Channel.allCases, settings: HTTPProviderConfig.known + HTTPTransport.known,
        check: { _ = try HTTPProviderConfig(json: $0) },
        make: { name, settings, runtime in
            HTTPProvider(
                name: name, adapter: ConfiguredAdapter(try HTTPProviderConfig(json: settings)), runtime: runtime)
        })

    static let smpp = ProviderKind(
        name: "smpp", channels: [.sms], settings: SMPPConfig.known, check: { _ = try SMPPConfig(json: $0) },
        make: { name, settings, runtime in
            let provider = SMPPProvider(
                name: name, config: try SMPPConfig(json: settings), loop: try runtime.loops.smpp(), sink: runtime.sink,
                allowedInFlight: runtime.allowedInFlight)
            provider.open()
            return provider
        }, callbacks: { _ in SMPPCallbackReader() })

    static let smtp = ProviderKind(
        name: "smtp", channels: [.email], settings: SMTPConfig.known, check: { _ = try SMTPConfig(json: $0) },
        make: { name, settings, runtime in
            SMTPProvider(
                name: name, config: try SMTPConfig(json: settings), loop: try runtime.loops.smtp(),
                installation: runtime.installation, allowedInFlight: runtime.allowedInFlight)
        }, callbacks: { try SMTPConfig(json: $0).reports })

    static func vendor(_ adapter: any VendorAdapter.Type) -> ProviderKind {
        ProviderKind(
            name: adapter.kind, channels: adapter.channels, settings: adapter.settings + HTTPTransport.known,
            check: { _ = try adapter.init(json: $0) },
            make: { name, settings, runtime in
                HTTPProvider(name: name, adapter: try adapter.init(json: settings), runtime: runtime)
            },
            callbacks: { try adapter.init(json: $0).callbacks })
    }
}

extension HTTPProvider {
    fileprivate convenience init(name: String, adapter: any HTTPAdapter, runtime: SenderRuntime) {
        self.init(
            name: name, adapter: adapter, loop: runtime.loops.curl, installation: runtime.installation,
            allowedInFlight: runtime.allowedInFlight)
    }
}
