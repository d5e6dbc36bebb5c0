/// The submits that wait for their answers, found by sequence number.
///
/// A ring with one place for each of the lowest bits of a number, at least twice as large as the window: a number whose
/// place is still taken (an answer that is long in coming) is skipped. So a look-up is one array access.
struct SMPPWindow {
    struct Submit {
        /// The caller's name for it.
        var token: Int
        /// 0 where the place is free.
        var sequence: UInt32
        /// Where its first byte stands in the stream of all bytes of the session.
        var position: UInt64
        /// When its answer is overdue, by the caller's clock in milliseconds.
        var due: Int64
    }

    private(set) var count = 0
    private var places: [Submit]
    private let mask: UInt32

    init(size: Int) {
        var places = 16
        while places < size * 2 { places *= 2 }
        mask = UInt32(places - 1)
        self.places = Array(repeating: Submit(token: 0, sequence: 0, position: 0, due: 0), count: places)
    }

    func isFree(_ sequence: UInt32) -> Bool { places[Int(sequence & mask)].sequence == 0 }

    mutating func put(_ submit: Submit) {
        places[Int(submit.sequence & mask)] = submit
        count += 1
    }

    /// Nil where nothing waits under that number.
    mutating func take(_ sequence: UInt32) -> Submit? {
        let place = Int(sequence & mask)
        guard sequence != 0, places[place].sequence == sequence else { return nil }
        defer { places[place].sequence = 0 }
        count -= 1
        return places[place]
    }

    /// All that wait, in no order.
    var waiting: [Submit] { count == 0 ? [] : places.filter { $0.sequence != 0 } }
}
