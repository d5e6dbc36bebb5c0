private import CPhoneTable

/// A country calling code and the automaton that knows every number behind it.
struct CallingCode {
    private let record: phone_code

    var value: UInt16 { record.calling_code }
    var mainPlan: NumberingPlan { NumberingPlan(index: record.first_plan) }

    init?(_ code: UInt16) {
        let index = phone_code_index(code)
        guard index != 0 else { return nil }
        record = phone_code_at(index - 1)
    }

    /// Takes a calling code off the front of an international number. No code is the beginning of another.
    static func split(_ number: PhoneDigits) -> (code: CallingCode, rest: PhoneDigits)? {
        guard !number.isEmpty, number[0] != 0 else { return nil }
        var value: UInt16 = 0
        for length in 0..<min(3, number.count) {
            value = value * 10 + UInt16(number[length])
            if let code = CallingCode(value) { return (code, number.dropping(length + 1)) }
        }
        return nil
    }

    /// The number, if it is valid in one of the code's regions: one table step a digit.
    func valid(_ national: PhoneDigits) -> PhoneNumber? {
        var node = record.valid_root
        var packed = UInt64(record.calling_code)
        for index in 0..<national.count {
            let digit = national[index]
            node = phone_next(node, digit)
            if node == 0 { return nil }
            packed = packed * 10 + UInt64(digit)
        }
        let ordinal = phone_label(node)
        guard ordinal != 0 else { return nil }
        let region = phone_region_at(record.first_plan + UInt16(ordinal) - 1)
        return PhoneNumber(packed: packed, callingCode: record.calling_code, region: Region(packed: region))
    }
}
