import Domain

/// A file as UTF-8 text: undoes gzip, finds the encoding, drops the byte order mark and converts. UTF-8 and
/// ASCII are read straight into the caller's buffer and not copied again.
///
/// Bytes that are no text in the found encoding come through as invalid UTF-8: the row they stand in is
/// rejected, its neighbours are not touched.
package final class TextInput {
    private static let headSize = 8 << 10
    /// How much text from the first high byte on decides between UTF-8 and Windows-1252.
    private static let evidenceSize = 1 << 20

    private let source: any ByteSource
    private var raw: [UInt8] = []
    private var utf16: UTF16Decoder?
    private var converted: [UInt8] = []
    private var ended = false
    package private(set) var encoding: TextEncoding
    package let isGzip: Bool

    package init(_ origin: any ByteSource, expandedLimit: Int = 64 << 30) throws(IngestError) {
        var head = try PrefixedSource.head(of: origin, Self.headSize)
        guard !head.isEmpty else { throw .empty }
        var source: any ByteSource = origin
        isGzip = head.starts(with: [0x1F, 0x8B])
        if isGzip {
            source = try GzipSource(PrefixedSource(head, then: origin), limit: expandedLimit)
            head = try PrefixedSource.head(of: source, Self.headSize)
            guard !head.isEmpty else { throw .empty }
        }
        let found = try TextEncoding.sniff(head)
        encoding = found.encoding
        if encoding == .utf16LittleEndian || encoding == .utf16BigEndian {
            utf16 = UTF16Decoder(isBigEndian: encoding == .utf16BigEndian)
        }
        self.source = PrefixedSource(Array(head.dropFirst(found.markLength)), then: source)
    }

    package var consumed: Int { source.consumed }
    package var total: Int? { source.total }

    /// Appends about `size` bytes of text; false at the end of the file.
    package func read(_ size: Int, into buffer: inout TextBuffer) throws(IngestError) -> Bool {
        if ended { return false }
        switch encoding {
        case .utf8, .utf8WithMark: return try fill(&buffer, size)
        case .ascii: return try readUndecided(size, &buffer)
        case .windows1252, .utf16LittleEndian, .utf16BigEndian: return try readConverted(size, &buffer)
        }
    }

    /// One read straight into the buffer.
    private func fill(_ buffer: inout TextBuffer, _ size: Int) throws(IngestError) -> Bool {
        buffer.reserve(size)
        let count = try source.read(into: &buffer.bytes, from: buffer.filled, count: size)
        buffer.filled += count
        ended = count == 0
        return !ended
    }

    private func readUndecided(_ size: Int, _ buffer: inout TextBuffer) throws(IngestError) -> Bool {
        let start = buffer.filled
        guard try fill(&buffer, size) else { return false }
        let firstHigh = UTF8Check.firstNonASCII(buffer.bytes.span, in: start..<buffer.filled)
        if firstHigh == buffer.filled { return true }
        while buffer.filled - firstHigh < Self.evidenceSize, try fill(&buffer, size) {}
        encoding = TextEncoding.utf8OrWindows1252(buffer.bytes.span, in: firstHigh..<buffer.filled)
        if encoding == .windows1252 {
            let rest = Array(buffer.bytes[firstHigh..<buffer.filled])
            buffer.filled = firstHigh
            converted.removeAll(keepingCapacity: true)
            Windows1252.append(rest[...], to: &converted)
            buffer.append(converted[...])
        }
        return true
    }

    private func readConverted(_ size: Int, _ buffer: inout TextBuffer) throws(IngestError) -> Bool {
        if raw.count < size { raw = [UInt8](repeating: 0, count: size) }
        let count = try source.read(into: &raw, from: 0, count: size)
        converted.removeAll(keepingCapacity: true)
        if encoding == .windows1252 {
            Windows1252.append(raw[..<count], to: &converted)
        } else {
            utf16?.append(raw[..<count], to: &converted)
            if count == 0 { utf16?.finish(&converted) }
        }
        ended = count == 0
        buffer.append(converted[...])
        return !ended || !converted.isEmpty
    }
}
