import Foundation
import Glibc

/// Runs blocking work on a thread of its own: Swift's pool has two, and the server's tasks need them.
func onThread(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: work)) }.start()
    }
}

/// A client of bare sockets. Reads until the server closes, or until a whole reply is there.
final class RawClient {
    let descriptor: Int32
    private var bytes: [UInt8] = []

    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = port.bigEndian
        let descriptor = descriptor
        withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ head: String, _ body: [UInt8]) { write(Array(head.utf8) + body) }

    /// All of it; false where the server takes no more.
    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Sends the same again and again until the server takes no more for half a second, or so much is sent.
    func fill(_ piece: [UInt8], until size: Int) -> Int {
        var sent = 0
        while sent < size {
            var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&watched, 1, 500) == 1 else { break }
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = send(descriptor, piece, min(piece.count, size - sent), flags)
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// A head alone, as of an answer to HEAD.
    func head(keeping: Bool = false) -> String {
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                defer { if !keeping { bytes.removeFirst(end.upperBound) } }
                return String(decoding: bytes[..<end.upperBound], as: UTF8.self)
            }
            guard receive() else { return "" }
        }
    }

    /// The body of one reply with a Content-Length.
    func replyBody() -> [UInt8] {
        let lines = head().split(separator: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) }
        guard let length else { return [] }
        while bytes.count < length, receive() {}
        defer { bytes.removeFirst(min(length, bytes.count)) }
        return Array(bytes.prefix(length))
    }

    /// One reply with a Content-Length; "" when the server closed without one.
    func reply() -> String {
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                let length = parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
                    .flatMap { Int($0.dropFirst(16)) }
                if let length, parts[1].utf8.count >= length {
                    let count = parts[0].utf8.count + 4 + length
                    defer { bytes.removeFirst(count) }
                    return String(decoding: bytes[..<count], as: UTF8.self)
                }
            }
            guard receive() else { return "" }
        }
    }

    /// One chunk of a body in chunks.
    func chunk() -> String {
        while true {
            if let end = bytes.firstRange(of: [13, 10]),
                let length = Int(String(decoding: bytes[..<end.lowerBound], as: UTF8.self), radix: 16),
                bytes.count >= end.upperBound + length + 2
            {
                defer { bytes.removeFirst(end.upperBound + length + 2) }
                return String(decoding: bytes[end.upperBound..<end.upperBound + length], as: UTF8.self)
            }
            guard receive() else { return "" }
        }
    }

    /// Whether the server closes in that time, to a client that sends a little several times a second.
    func isClosed(within seconds: Int, dripping drip: String) -> Bool {
        for _ in 0...seconds * 5 {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while poll(&watched, 1, 200) == 1 {
                guard receive() else { return true }
            }
            write(drip)
        }
        return false
    }

    /// So many bytes, fewer where the server closes.
    func bytes(_ count: Int) -> [UInt8] {
        while bytes.count < count, receive() {}
        defer { bytes.removeFirst(min(count, bytes.count)) }
        return Array(bytes.prefix(count))
    }

    /// Everything until the server closes.
    func rest() -> String {
        while receive() {}
        return String(decoding: bytes, as: UTF8.self)
    }

    private func receive() -> Bool {
        var piece = Array(repeating: UInt8(0), count: 65536)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count > 0 { bytes.append(contentsOf: piece[..<count]) }
        return count > 0
    }
}
