import Domain

/// What would become of one recipient today, as far as it is counted or costs something.
struct ReviewFate: Hashable {
    enum End: Hashable {
        case sent
        case refused(String)
        case unrenderable(String)
    }

    var end = End.sent
    /// 0: nobody sends it.
    var provider: Int64 = 0
    var country = Region.none
    /// Empty: no price is known.
    var currency = ""
    var micros: Int64 = 0
    var segments = 0
}

/// Each fate once, with a number: recipients have few of them.
private struct FateNumbers {
    private(set) var fates: [ReviewFate] = []
    private var numbers: [ReviewFate: UInt32] = [:]

    subscript(number: UInt32) -> ReviewFate { fates[Int(number)] }

    mutating func number(of fate: ReviewFate) -> UInt32 {
        if let known = numbers[fate] { return known }
        let number = UInt32(fates.count)
        numbers[fate] = number
        fates.append(fate)
        return number
    }
}

/// The fates of all recipients of a file. Which of them are duplicates, and whom the list of opt-outs really names, is known
/// only at the end; then each is taken out with exactly what it was counted for. Four bytes a recipient.
struct ReviewFates {
    /// Those of one shard, kept apart until it has been gone through.
    struct Part {
        fileprivate var numbers = FateNumbers()
        fileprivate var places: [UInt32] = []

        init() {}

        /// In the order of the recipients.
        mutating func add(_ fate: ReviewFate) {
            if let last = places.last, numbers[last] == fate {
                places.append(last)
            } else {
                places.append(numbers.number(of: fate))
            }
        }
    }

    private var numbers = FateNumbers()
    private var counts: [Int] = []
    private var places: [Int: [UInt32]] = [:]

    mutating func add(_ part: Part, shard: Int) {
        let known = part.numbers.fates.map { numbers.number(of: $0) }
        counts += [Int](repeating: 0, count: numbers.fates.count - counts.count)
        places[shard] = part.places.map { place in
            let number = known[Int(place)]
            counts[Int(number)] += 1
            return number
        }
    }

    mutating func takeOut(shard: Int, index: Int) {
        guard let number = places[shard]?[index] else { return }
        counts[Int(number)] -= 1
    }

    /// Each fate that somebody has, and how many have it.
    var found: [(fate: ReviewFate, count: Int)] {
        zip(numbers.fates, counts).filter { $1 > 0 }.map { (fate: $0, count: $1) }
    }
}
