import Foundation
import Glibc
import Storage

/// Recipients that arrive before it is known how they are to be read: kept in a file without a name, under a key that
/// exists in this process' memory only, and gone with it.
struct RecipientsSpool {
    private static let chunk = 1 << 20

    private let file: FileHandle
    private let cipher = Cipher(key: randomBytes(32))
    private var waiting: [UInt8] = []
    /// Sizes of the sealed chunks.
    private var sizes: [Int] = []
    private var read = 0

    init(folder: String = FileManager.default.temporaryDirectory.path) throws {
        do {
            file = FileHandle(fileDescriptor: try NamelessFile.open(in: folder), closeOnDealloc: true)
        } catch { throw Self.failure(error.code) }
    }

    mutating func write(_ lines: [UInt8]) throws {
        waiting += lines
        if waiting.count >= Self.chunk { try flush() }
    }

    /// Everything is there: from here on it is read.
    mutating func rewind() throws {
        try flush()
        lseek(file.fileDescriptor, 0, SEEK_SET)
    }

    /// Nil at the end.
    mutating func next() throws -> [UInt8]? {
        guard read < sizes.count else { return nil }
        var sealed = [UInt8](repeating: 0, count: sizes[read])
        var filled = 0
        while filled < sealed.count {
            let count = sealed.withUnsafeMutableBytes {
                Glibc.read(file.fileDescriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            guard count > 0 else { throw Self.failure() }
            filled += count
        }
        read += 1
        return try Box.open(sealed, with: cipher, context: "spool \(read)")
    }

    private mutating func flush() throws {
        guard !waiting.isEmpty else { return }
        let sealed = Box.seal(waiting.span, with: cipher, context: "spool \(sizes.count + 1)")
        waiting.removeAll(keepingCapacity: true)
        var written = 0
        while written < sealed.count {
            let count = sealed.withUnsafeBytes {
                Glibc.write(file.fileDescriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            guard count > 0 else { throw Self.failure() }
            written += count
        }
        sizes.append(sealed.count)
    }

    private static func failure(_ code: Int32 = errno) -> any Error {
        if code == ENOSPC || code == EDQUOT { return StorageError.diskFull }
        return Problem(.unavailable, "The temporary folder can't be used.", retryAfter: .seconds(30))
    }
}
