private import COpenSSLTLS

/// What all TLS connections of a provider share: the trusted certificates and the lowest version, TLS 1.2.
///
/// Sendable: never changed after it was made, and OpenSSL lets any thread make connections from it.
final class TLSContext: @unchecked Sendable {
    let context: OpaquePointer

    /// The certificates of a file that are trusted, or the system's.
    init(caFile: String?) throws(ConfigError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw ConfigError(setting: "", problem: "cannot be used: OpenSSL has no memory")
        }
        self.context = context
        _ = herald_tls_set_minimum_version(context)
        herald_tls_set_write_mode(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let isTrusting =
            if let caFile {
                SSL_CTX_load_verify_locations(context, caFile, nil) == 1
            } else {
                SSL_CTX_set_default_verify_paths(context) == 1
            }
        ERR_clear_error()
        guard isTrusting else {
            throw ConfigError(
                setting: "ca_file", problem: "cannot be read as certificates in PEM: \(caFile ?? "the system's")")
        }
    }

    deinit { SSL_CTX_free(context) }
}
