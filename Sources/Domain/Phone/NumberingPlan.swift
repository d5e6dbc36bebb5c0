private import CPhoneTable

/// The rules by which one region, or one calling code without a country, writes its numbers.
struct NumberingPlan {
    /// How a national number's length compares with what the plan allows.
    enum Length {
        case possible
        /// Enough to dial within an area, not enough to be a whole number.
        case localOnly
        case tooShort
        case tooLong
        /// Between the shortest and the longest, but not one of the plan's.
        case wrong
    }

    let index: UInt16
    private let record: phone_plan

    init(index: UInt16) {
        self.index = index
        record = phone_plan_at(index)
    }

    /// The plan of a region of two letters.
    init?(_ region: Region) {
        let first = UInt8(truncatingIfNeeded: region.packed >> 8) &- 0x41
        let second = UInt8(truncatingIfNeeded: region.packed) &- 0x41
        guard region.packed <= 0xFFFF, first < 26, second < 26 else { return nil }
        let index = phone_plan_index(first, second)
        guard index != 0 else { return nil }
        self.init(index: index - 1)
    }

    var callingCode: UInt16 { record.calling_code }
    var region: Region { Region(packed: phone_region_at(index)) }

    /// Whether the plan's general description covers the number. Valid numbers are fewer.
    func covers(_ number: PhoneDigits) -> Bool {
        var node = record.general_root
        for index in 0..<number.count where node != 0 {
            node = phone_next(node, number[index])
        }
        return phone_label(node) != 0
    }

    func length(of number: PhoneDigits) -> Length {
        let count = UInt32(truncatingIfNeeded: number.count)
        if count > 31 { return .tooLong }
        if record.local_lengths >> count & 1 == 1 { return .localOnly }
        if record.possible_lengths >> count & 1 == 1 { return .possible }
        if count < UInt32(record.possible_lengths.trailingZeroBitCount) { return .tooShort }
        return record.possible_lengths >> count == 0 ? .tooLong : .wrong
    }

    /// The number after the prefix for calling abroad, or nil if it doesn't begin with one.
    func afterInternationalPrefix(_ number: PhoneDigits) -> PhoneDigits? {
        guard let match = match(record.idd_program, record.idd_first, number) else { return nil }
        let rest = number.dropping(match.length)
        // A calling code can't begin with 0, so this was no international prefix.
        return !rest.isEmpty && rest[0] == 0 ? nil : rest
    }

    /// The number without its national prefix and carrier code, and rewritten where the plan says so
    /// (Argentina's 15 becomes a 9 in front). Unchanged where that would spoil a number that was fine.
    func withoutNationalPrefix(_ number: PhoneDigits) -> PhoneDigits {
        guard let match = match(record.national_program, record.national_first, number) else { return number }
        var result = number.dropping(match.length)
        if record.rewrite != 0, match.range(ofGroup: Int(record.national_groups)) != nil {
            result = rewritten(number, match, rest: result)
        }
        return covers(number) && !covers(result) ? number : result
    }

    private func match(_ program: UInt16, _ first: UInt16, _ number: PhoneDigits) -> PrefixProgram.Match? {
        guard program != 0, !number.isEmpty, first >> UInt16(number[0]) & 1 == 1 else { return nil }
        return PrefixProgram(offset: program).match(number)
    }

    private func rewritten(_ number: PhoneDigits, _ match: PrefixProgram.Match, rest: PhoneDigits) -> PhoneDigits {
        var result = PhoneDigits()
        var at = UInt32(record.rewrite)
        while phone_program_byte(at) != 0xFF {
            let step = phone_program_byte(at)
            if step < 10 {
                result.append(step)
            } else if let range = match.range(ofGroup: Int(step & 0x7F)) {
                for index in range { result.append(number[index]) }
            }
            at += 1
        }
        for index in 0..<rest.count { result.append(rest[index]) }
        return result
    }
}
