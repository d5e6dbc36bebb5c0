import Glibc
import Storage

/// A file without a name that what is collected waits in until it is packed: gone with the process, whatever ends it.
package final class SpoolFile {
    private let descriptor: Int32
    private let folder: String
    package private(set) var size: UInt64 = 0
    package private(set) var lines = 0
    private var buffer: [UInt8] = []
    private static let most = 1 << 18

    /// Beside where the result goes, so that no other disk gets to hold people's data.
    package init(in folder: String) throws {
        self.folder = folder
        descriptor = try NamelessFile.open(in: folder)
    }

    deinit { close(descriptor) }

    package func line(_ text: String) throws {
        buffer += Array(text.utf8)
        buffer.append(0x0A)
        lines += 1
        if buffer.count >= Self.most { try flush() }
    }

    private func flush() throws {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw FileError(path: folder, code: errno)
            }
        }
        size += UInt64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    /// From the beginning, piece by piece.
    func read(_ body: ([UInt8]) throws -> Void) throws {
        let next = try reader()
        while let piece = try next() { try body(piece) }
    }

    func reader() throws -> () throws -> [UInt8]? {
        try flush()
        var at: off_t = 0
        return { [self] in
            var bytes = [UInt8](repeating: 0, count: Self.most)
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, at) }
            guard count >= 0 else { throw FileError(path: folder, code: errno) }
            guard count > 0 else { return nil }
            at += off_t(count)
            return Array(bytes.prefix(count))
        }
    }
}
