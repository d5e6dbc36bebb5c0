/// What a loop walks over. A range is never spelled out.
struct LoopItems {
    private enum Source {
        case list([LiquidValue])
        case map(OrderedMembers<LiquidValue>)
        case range(Int128)
    }

    private let source: Source
    private(set) var count: Int
    private var start = 0
    private var isReversed = false

    init(_ value: LiquidValue) {
        switch value {
        case .list(let items), .pair(let items):
            source = .list(items)
            count = items.count
        case .map(let members):
            source = .map(members)
            count = members.count
        case .range(let low, let high):
            source = .range(low)
            count = high < low ? 0 : Int(clamping: high - low + 1)
        case .text(let text) where !text.isEmpty:
            source = .list([value])
            count = 1
        default:
            source = .list([])
            count = 0
        }
    }

    mutating func narrow(to range: Range<Int>, reversed: Bool) {
        start = range.lowerBound
        count = range.count
        isReversed = reversed
    }

    subscript(index: Int) -> LiquidValue {
        let place = start + (isReversed ? count - 1 - index : index)
        switch source {
        case .list(let items): return items[place]
        case .map(let members): return .pair([.string(members.keys[place]), members.values[place]])
        case .range(let low): return .int(low + Int128(place))
        }
    }
}

/// An open loop.
struct LoopFrame {
    var variable: Int
    var items: LoopItems
    var state: LoopState
    var value: LiquidValue
    /// How many captures and cases were open when it began.
    var captures: Int
    var cases: Int
}
