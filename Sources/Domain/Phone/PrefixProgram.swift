private import CPhoneTable

/// A dialling prefix rule, run by backtracking: which alternative comes first and what its groups caught
/// decide the result, so an automaton would not do. The rules are short, and most numbers never get here
/// because their first digit already says no.
struct PrefixProgram {
    /// What a rule matched at the start of a number: how many digits, and where its groups stand.
    struct Match {
        /// No rule has more than two groups: start and end of each, -1 where it took no part.
        var groups = InlineArray<4, Int>(repeating: -1)
        var length = 0

        /// A group's number counts from 1, as in the rewrite rules.
        func range(ofGroup number: Int) -> Range<Int>? {
            let low = groups[2 * number - 2]
            let high = groups[2 * number - 1]
            return low >= 0 && high >= low ? low..<high : nil
        }
    }

    private enum Code {
        static let match: UInt8 = 0
        static let digits: UInt8 = 1
        static let split: UInt8 = 2
        static let jump: UInt8 = 3
        static let save: UInt8 = 4
    }

    let offset: UInt16

    func match(_ number: PhoneDigits) -> Match? {
        var match = Match()
        return run(UInt32(offset), 0, number, &match) ? match : nil
    }

    private func run(_ start: UInt32, _ from: Int, _ number: PhoneDigits, _ match: inout Match) -> Bool {
        var at = from
        var pc = start
        while true {
            switch phone_program_byte(pc) {
            case Code.match:
                match.length = at
                return true
            case Code.digits:
                guard at < number.count, phone_program_u16(pc + 1) >> UInt16(number[at]) & 1 == 1 else { return false }
                at += 1
                pc += 3
            case Code.split:
                let before = match
                if run(pc + 3, at, number, &match) { return true }
                match = before
                pc += 3 + UInt32(phone_program_u16(pc + 1))
            case Code.jump:
                pc += 3 + UInt32(phone_program_u16(pc + 1))
            case Code.save:
                match.groups[Int(phone_program_byte(pc + 1))] = at
                pc += 2
            default:  // the end of the number
                guard at == number.count else { return false }
                pc += 1
            }
        }
    }
}
