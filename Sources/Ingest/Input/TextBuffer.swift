/// Bytes with room behind them: `bytes[0..<filled]` is text, the rest is scratch that is never cleared, so that a
/// buffer which is used again costs no writes but the new text.
package struct TextBuffer: Sendable {
    package var bytes: [UInt8] = []
    package var filled = 0

    package init() {}

    /// Makes room for `count` more bytes.
    package mutating func reserve(_ count: Int) {
        if bytes.count < filled + count {
            // By half at least: a row that grows to megabytes isn't copied at each piece.
            let size = max(filled + count, bytes.count + bytes.count / 2)
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
    }

    package mutating func append(_ more: ArraySlice<UInt8>) {
        reserve(more.count)
        bytes.replaceSubrange(filled..<filled + more.count, with: more)
        filled += more.count
    }

    /// Lets go of memory that one huge row needed.
    package mutating func clear(keepingAtMost limit: Int) {
        filled = 0
        if bytes.count > limit { bytes = [] }
    }
}
