/// Fills segments character by character. A character of two units (an escape and its letter, a surrogate
/// pair) never straddles two segments: where only one unit is left, it opens the next.
struct SegmentWalk {
    private let encoding: SegmentCount.Encoding
    private let capacity: Int
    private var units = 0
    private var segments = 1
    private var used = 0

    init(_ encoding: SegmentCount.Encoding) {
        self.encoding = encoding
        capacity = encoding.joinedCapacity
    }

    @inline(__always)
    mutating func add(_ width: Int) {
        units += width
        used += width
        if used > capacity {
            segments += 1
            used = width
        }
    }

    var count: SegmentCount {
        SegmentCount(encoding: encoding, units: units, segments: units <= encoding.singleCapacity ? 1 : segments)
    }
}
