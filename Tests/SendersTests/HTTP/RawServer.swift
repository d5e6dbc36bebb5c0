private import Foundation
import Glibc
import Synchronization

/// A server of bare sockets, for far ends that no library would let misbehave so. Each connection is
/// handed to a closure on a thread of its own; `stop` waits until all have ended.
final class RawServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let open = Mutex<[Int32]>([])
    private let threads = DispatchGroup()

    init(_ serve: @escaping @Sendable (RawConnection) -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = bind(listener, name, length)
                _ = listen(listener, 64)
                _ = getsockname(listener, name, &length)
            }
        }
        port = UInt16(bigEndian: name.sin_port)
        threads.enter()
        Thread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                open.withLock { $0.append(descriptor) }
                threads.enter()
                Thread { [self] in
                    serve(RawConnection(descriptor: descriptor))
                    open.withLock { $0.removeAll { $0 == descriptor } }
                    close(descriptor)
                    threads.leave()
                }.start()
            }
            threads.leave()
        }.start()
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
        threads.wait()
        close(listener)
    }
}

struct RawConnection: Sendable {
    let descriptor: Int32

    /// Reads one request with a Content-Length; nil when the client has gone.
    func request() -> String? {
        var bytes: [UInt8] = []
        var piece = Array(repeating: UInt8(0), count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: piece[..<count])
        }
    }

    func write(_ text: String) {
        _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }

    /// Whether the other side still takes it.
    func writes(_ text: String) -> Bool {
        send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) > 0
    }

    /// No more in either direction; the closing itself is the server's.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func answer(status: Int = 200, _ body: String, headers: String = "") {
        write("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// The next close sends a reset.
    func armReset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}
