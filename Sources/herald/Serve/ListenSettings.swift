import Gateway
import HTTPServer
import Storage

/// Where the gateway listens and how it proves who it is: from options, else from the environment, else as is right
/// for trying it out.
struct ListenSettings {
    static let options: [Option] = [
        .value("listen", "ADDRESS:PORT", "where the API answers (default 127.0.0.1:8443; HERALD_LISTEN)"),
        .value(
            "tls-cert", "FILE", "the certificate chain, PEM (HERALD_TLS_CERT); without one a self-signed one is made"),
        .value("tls-key", "FILE", "its key, PEM (HERALD_TLS_KEY)"),
        .value(
            "proxy", "NETWORKS",
            "answer plain HTTP, to these proxies alone; they end TLS and name the client (HERALD_PROXIES)"),
        .value("public-url", "URL", "how providers reach the API; their signatures cover it (HERALD_PUBLIC_URL)"),
        .value(
            "access-log", "FILE", "a line of JSON for each request: stderr, or a file (HERALD_ACCESS_LOG; default none)"
        ),
        .value(
            "access-log-addresses", "HOW",
            "what these lines tell of the client's address: none, network or full (HERALD_ACCESS_LOG_ADDRESSES; default none)"
        ),
    ]

    /// Nobody said where: another port does as well.
    let isDefault: Bool
    let address: ListenAddress
    let proxies: [IPNetwork]
    let publicURL: String?
    let accessLog: AccessLog.Settings?
    let metricsReaders: MetricsReaders
    private let certificateFiles: (certificate: String, key: String)?

    init(_ arguments: Arguments) throws {
        let said = arguments.setting("listen", "HERALD_LISTEN")
        isDefault = said == nil
        address = try ListenAddress(said ?? "127.0.0.1:8443", example: 8443)
        proxies = try Arguments.networks(arguments.setting("proxy", "HERALD_PROXIES") ?? "")
        publicURL = arguments.setting("public-url", "HERALD_PUBLIC_URL")
        accessLog = try AccessLog.Settings(
            file: arguments.setting("access-log", "HERALD_ACCESS_LOG"),
            addresses: arguments.setting("access-log-addresses", "HERALD_ACCESS_LOG_ADDRESSES"))
        metricsReaders = try MetricsSettings(arguments).readers(behind: proxies)
        switch (arguments.setting("tls-cert", "HERALD_TLS_CERT"), arguments.setting("tls-key", "HERALD_TLS_KEY")) {
        case (let certificate?, let key?): certificateFiles = (certificate, key)
        case (nil, nil): certificateFiles = nil
        default: throw CommandError.usage("A certificate needs its key: give both --tls-cert and --tls-key.")
        }
    }

    /// Whether TLS ends at a proxy.
    var isPlain: Bool { !proxies.isEmpty && certificateFiles == nil }

    /// The given one, else one of our own under the home folder.
    func certificate(home: HeraldHome) throws -> (certificate: ServerCertificate, isSelfSigned: Bool)? {
        if isPlain { return nil }
        do {
            if let files = certificateFiles {
                return (
                    try ServerCertificate(certificatePath: files.certificate, keyPath: files.key), false
                )
            }
            let own = SelfSignedFiles(home: home)
            try own.makeIfNeeded()
            return (try ServerCertificate(certificatePath: own.certificate, keyPath: own.key), true)
        } catch let error as CertificateError {
            throw CommandError.failed("\(error)")
        }
    }
}
