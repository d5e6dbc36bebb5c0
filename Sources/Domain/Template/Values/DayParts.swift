/// The numbers of a date in the order they were written, and what is known of which is which.
struct DayParts {
    enum Label {
        case year, month, day
    }

    private var values: [Int] = []
    private var yearAt: Int?
    private var monthAt: Int?
    private var dayAt: Int?
    /// A year was written with more than two digits.
    private(set) var hasCentury = false

    var count: Int { values.count }

    /// False where the label contradicts what is known.
    mutating func append(_ value: Int, label: Label?, isYear: Bool) -> Bool {
        if isYear { hasCentury = true }
        values.append(value)
        let place = values.count - 1
        switch label {
        case .year:
            guard yearAt == nil else { return false }
            yearAt = place
        case .month:
            guard monthAt == nil else { return false }
            monthAt = place
        case .day:
            guard dayAt == nil else { return false }
            dayAt = place
        case nil: break
        }
        return true
    }

    func mayBeDay(_ value: Int) -> Bool {
        guard dayAt == nil else { return false }
        guard let monthAt else { return (1...31).contains(value) }
        guard (1...12).contains(values[monthAt]) else { return false }
        let year = yearAt.map { values[$0] } ?? 2000
        return value >= 1 && value <= CivilTime.daysInMonth(year, values[monthAt])
    }

    /// Which number is what; nil where there are too many.
    func resolved() -> (year: Int?, month: Int?, day: Int?)? {
        let known = [yearAt, monthAt, dayAt].compactMap { $0 }
        if !known.isEmpty, known.count == values.count { return labelled(yearAt, monthAt, dayAt) }
        if values.count == 3, known.count == 2 {
            let rest = 3 - known[0] - known[1]
            return labelled(yearAt ?? rest, monthAt ?? rest, dayAt ?? rest)
        }
        switch values.count {
        case 0: return (nil, nil, nil)
        case 1:
            if monthAt != nil { return (nil, values[0], nil) }
            return values[0] > 31 ? (values[0], nil, nil) : (nil, nil, values[0])
        case 2: return two()
        case 3: return three()
        default: return nil
        }
    }

    private func labelled(_ year: Int?, _ month: Int?, _ day: Int?) -> (year: Int?, month: Int?, day: Int?) {
        (year.map { values[$0] }, month.map { values[$0] }, day.map { values[$0] })
    }

    private func two() -> (year: Int?, month: Int?, day: Int?) {
        let (a, b) = (values[0], values[1])
        if let monthAt {
            let other = monthAt == 0 ? b : a
            return other > 31 ? (other, values[monthAt], nil) : (nil, values[monthAt], other)
        }
        if a > 31 { return (a, b, nil) }
        return b > 31 ? (b, a, nil) : (nil, a, b)
    }

    private func three() -> (year: Int?, month: Int?, day: Int?) {
        let (a, b, c) = (values[0], values[1], values[2])
        switch monthAt {
        case 0: return b > 31 ? (b, a, c) : (c, a, b)
        case 1: return a > 31 ? (a, b, c) : (c, b, a)
        case 2: return b > 31 ? (b, c, a) : (a, c, b)
        default:
            if a > 31 || yearAt == 0 { return (a, b, c) }
            return a > 12 ? (c, b, a) : (c, a, b)
        }
    }
}
