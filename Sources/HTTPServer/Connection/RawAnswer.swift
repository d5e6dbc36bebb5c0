private import CMicroHTTP
private import Glibc

/// An answer in the middle of an upload, where the library takes none: nothing has been sent on the connection yet,
/// so a small answer fits into the socket's buffer, and the connection is closed behind it.
enum RawAnswer {
    static func send(_ response: HTTPResponse, on connection: OpaquePointer) {
        var bytes = Array("HTTP/1.1 \(response.status) Refused\r\n".utf8)
        for (name, value) in response.headers where !value.utf8.contains(where: { $0 < 0x20 }) {
            bytes.append(contentsOf: "\(name): \(value)\r\n".utf8)
        }
        var body: [UInt8] = []
        if case .bytes(let whole) = response.body { body = whole }
        bytes.append(contentsOf: "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8)
        bytes.append(contentsOf: body)
        if let session = herald_mhd_tls(connection) {
            gnutls_record_send(session, bytes, bytes.count)
        } else {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            Glibc.send(herald_mhd_socket(connection), bytes, bytes.count, flags)
        }
    }
}
