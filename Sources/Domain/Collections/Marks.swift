/// Bytes as marks, a bit for each place, the lowest first. What lies behind their end is not marked.
extension [UInt8] {
    package func isMarked(_ place: Int) -> Bool {
        place >> 3 < count && self[place >> 3] & 1 << UInt8(place & 7) != 0
    }

    /// How many places are marked.
    package var markCount: Int { reduce(0) { $0 + $1.nonzeroBitCount } }

    /// `place` must lie within them.
    package mutating func mark(_ place: Int) { self[place >> 3] |= 1 << UInt8(place & 7) }
}
