// In a release build the C library's types count as those of the first module that includes their headers.
private import CCurl
private import Glibc

/// TCP without TLS.
package final class PlainStream: ByteStream {
    package let descriptor: Int32

    /// Begins to connect. Nil where the system has no more descriptors.
    package init?(to address: SocketAddress) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        // What comes of it is asked in `open`.
        address.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    package func open() -> StreamStep {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { return .failed(Self.words(code)) }
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        if result == 0 { return .done(0) }
        return errno == ENOTCONN ? .wait(reading: false, writing: true) : .failed(Self.words(errno))
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .done(count) }
        if count == 0 { return .ended }
        return step(errno, reading: true)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) -> StreamStep {
        let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .done(count) : step(errno, reading: false)
    }

    package func close() { Glibc.close(descriptor) }

    private func step(_ code: Int32, reading: Bool) -> StreamStep {
        if code == EAGAIN || code == EINTR { return .wait(reading: reading, writing: !reading) }
        return .failed(Self.words(code))
    }

    private static func words(_ code: Int32) -> String {
        switch code {
        case ECONNREFUSED: "the connection was refused"
        case ECONNRESET, EPIPE: "the connection was reset"
        case EHOSTUNREACH, ENETUNREACH: "there is no way to the host"
        case ETIMEDOUT: "the connection timed out"
        default: String(cString: strerror(code))
        }
    }
}
