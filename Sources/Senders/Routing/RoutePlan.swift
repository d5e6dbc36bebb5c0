/// The providers for one message in their order of trial, as places in the table's list of providers. A plain value
/// of 34 bytes: it is made for every recipient, costs no allocation, and two of them compare and hash as numbers, so
/// that a window's messages are grouped by it.
package struct RoutePlan: Sendable, Hashable {
    package static let capacity = 16
    private static let unused = UInt16.max

    private var places: InlineArray<16, UInt16>
    private var length: UInt8

    package static let empty = RoutePlan()

    init() {
        places = InlineArray(repeating: Self.unused)
        length = 0
    }

    package var count: Int { Int(length) }
    package var isEmpty: Bool { length == 0 }

    /// The place of a step's provider.
    package subscript(step: Int) -> UInt16 {
        precondition(step < Int(length))
        return places[step]
    }

    /// What is beyond the capacity is left out: a rule has no more.
    mutating func append(_ place: UInt16) {
        guard count < Self.capacity else { return }
        places[count] = place
        length += 1
    }

    /// Puts the lowest keys first; equals stay in their order. A plan is so short that nothing beats insertion.
    mutating func sort(by key: (UInt16) -> Int64) {
        var step = 1
        while step < count {
            let place = places[step]
            let own = key(place)
            var hole = step
            while hole > 0 {
                let before = places[hole - 1]
                if key(before) <= own { break }
                places[hole] = before
                hole -= 1
            }
            places[hole] = place
            step += 1
        }
    }

    /// The same with the one at a step in front; the others keep their order.
    func leading(with step: Int) -> RoutePlan {
        var plan = self
        var hole = step
        while hole > 0 {
            plan.places[hole] = plan.places[hole - 1]
            hole -= 1
        }
        plan.places[0] = places[step]
        return plan
    }

    package static func == (a: RoutePlan, b: RoutePlan) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        let words = words
        hasher.combine(words.0)
        // Few rules have more than four providers.
        if length > 4 {
            hasher.combine(words.1)
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }

    /// Unused places are all alike, so the length says nothing more.
    private var words: (UInt64, UInt64, UInt64, UInt64) {
        unsafeBitCast(places, to: (UInt64, UInt64, UInt64, UInt64).self)
    }
}
