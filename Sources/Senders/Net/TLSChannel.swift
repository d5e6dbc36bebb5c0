private import COpenSSLTLS

/// One TLS connection without a socket: encrypted bytes go in and out of memory, and whoever owns the socket moves
/// them. So one path of reading and writing serves clear and encrypted connections, and OpenSSL never touches a
/// descriptor (its own writes would raise SIGPIPE).
final class TLSChannel {
    enum Step: Equatable {
        case done
        /// More bytes of the far end are needed.
        case wantsMore
        case failed(String)
    }

    private let connection: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// For a host by its name or its IP address, which its certificate must name. Nil without memory.
    init?(_ context: TLSContext, host: String) {
        guard let connection = SSL_new(context.context) else { return nil }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(connection)
            return nil
        }
        self.connection = connection
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(connection, incoming, outgoing)
        SSL_set_connect_state(connection)
        // Exactly one of the two says yes: a name is no address.
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host) != 1 {
            SSL_set_hostflags(connection, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            SSL_set1_host(connection, host)
            _ = herald_tls_set_server_name(connection, host)
        }
        ERR_clear_error()
    }

    deinit { SSL_free(connection) }

    func handshake() -> Step {
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        if result == 1 { return .done }
        guard SSL_get_error(connection, result) == SSL_ERROR_WANT_READ else { return .failed(reason()) }
        return .wantsMore
    }

    /// Bytes from the socket.
    func feed(_ bytes: UnsafeBufferPointer<UInt8>) { BIO_write(incoming, bytes.baseAddress, Int32(bytes.count)) }

    /// Decrypts into `room` and returns how much there was; 0 where more is needed, nil at the end of the stream.
    func read(into room: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        ERR_clear_error()
        let count = SSL_read(connection, room.baseAddress, Int32(room.count))
        if count > 0 { return Int(count) }
        return SSL_get_error(connection, count) == SSL_ERROR_WANT_READ ? 0 : nil
    }

    /// Encrypts a piece of a record's size, so that what is encrypted and not yet sent stays small. Nil for a broken stream.
    func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        ERR_clear_error()
        let count = SSL_write(connection, bytes.baseAddress, Int32(min(bytes.count, 16_384)))
        if count > 0 { return Int(count) }
        return SSL_get_error(connection, count) == SSL_ERROR_WANT_READ ? 0 : nil
    }

    /// Moves encrypted bytes for the socket behind those that wait already.
    func drain(into output: inout RawBytes) {
        while BIO_ctrl_pending(outgoing) > 0 {
            let size = BIO_ctrl_pending(outgoing)
            output.append(upTo: size) { Int(BIO_read(outgoing, $0, Int32(size))) }
        }
    }

    /// Why the handshake failed, in the words of OpenSSL: names no host and no person.
    private func reason() -> String {
        let verdict = SSL_get_verify_result(connection)
        if verdict != Int(X509_V_OK) { return String(cString: X509_verify_cert_error_string(verdict)) }
        guard let text = ERR_reason_error_string(ERR_peek_last_error()) else { return "TLS failed" }
        return String(cString: text)
    }
}
