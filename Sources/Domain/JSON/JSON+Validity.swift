extension JSON {
    /// Whether the bytes are one whole JSON value and nothing else.
    package static func isValid(_ bytes: Span<UInt8>, _ tolerance: JSONTolerance = .strict) -> Bool {
        var walk = JSONWalk(tolerance: tolerance)
        walk.skipSpace(bytes)
        do {
            _ = try walk.value(bytes, depth: 0)
            try walk.end(bytes)
        } catch {
            return false
        }
        return true
    }
}
