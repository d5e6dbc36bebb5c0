import Glibc
import Ingest

/// Cuts bytes into lines, in one buffer that is used again and again. A line ends with LF or CRLF; the last one may
/// end with the file. No line is too long but for memory.
struct LineReader {
    /// Lines lie in here, up to the next call of `next`.
    private(set) var bytes: [UInt8]
    private let source: any ByteSource
    private var at = 0
    private var filled = 0
    /// Bytes before this are known to hold no line end.
    private var searched = 0
    private var ended = false

    /// 256 KiB a read: larger ones fall out of the second-level cache.
    private static let piece = 256 << 10

    init(_ source: any ByteSource) {
        self.source = source
        bytes = [UInt8](repeating: 0, count: Self.piece)
    }

    /// Whether the next line is there without waiting for the source.
    var hasLine: Bool { ended ? at < filled : lineEnd(from: max(at, searched)) != nil }

    /// Where the next line lies in `bytes`, without its end; nil at the end.
    mutating func next() throws(IngestError) -> Range<Int>? {
        while true {
            if let end = lineEnd(from: max(at, searched)) {
                let start = at
                at = end + 1
                searched = at
                return start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
            }
            searched = filled
            if ended {
                guard at < filled else { return nil }
                defer { at = filled }
                return at..<filled
            }
            try fill()
        }
    }

    private func lineEnd(from start: Int) -> Int? {
        guard start < filled else { return nil }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let found = memchr(base + start, 0x0A, filled - start) else {
                return nil
            }
            return found - UnsafeMutableRawPointer(mutating: base)
        }
    }

    private mutating func fill() throws(IngestError) {
        if at > 0 {
            bytes.withUnsafeMutableBytes { buffer in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[at..<filled]))
            }
            filled -= at
            searched -= at
            at = 0
        }
        if bytes.count - filled < Self.piece {
            bytes += [UInt8](repeating: 0, count: max(Self.piece, bytes.count))
        }
        let count = try bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(IngestError) in
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            }
        }.get()
        ended = count == 0
        filled += count
    }
}
