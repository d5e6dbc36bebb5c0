/// Makes a number out of digits: which calling code, which prefixes, and is it valid. Follows
/// libphonenumber's parsing rules step by step, so that both agree on what a caller meant.
struct PhoneReading {
    /// The plan of the default region, nil where none is known.
    let home: NumberingPlan?

    typealias Outcome = Result<PhoneNumber, PhoneFault>

    /// `international` if the text began with a plus sign.
    func read(_ digits: PhoneDigits, international: Bool) -> Outcome {
        if digits.overflowed { return .failure(.tooLong) }
        if international {
            guard digits.count > 2 else { return .failure(.tooShort) }
            if let (code, rest) = CallingCode.split(digits) { return finish(rest, code) }
            // `+0044…` and `+08…`: the plus was meant well. As libphonenumber does, read on without it, but
            // only if that leads to a calling code.
        }
        guard let home else { return .failure(international ? .unknownCallingCode : .noDefaultRegion) }
        if let rest = home.afterInternationalPrefix(digits) {
            guard rest.count > 2 else { return .failure(.tooShort) }
            guard let (code, national) = CallingCode.split(rest) else { return .failure(.unknownCallingCode) }
            return finish(national, code)
        }
        guard let homeCode = CallingCode(home.callingCode) else { return .failure(.unknownCallingCode) }
        if let national = withoutHomeCode(digits, homeCode, home) {
            return finish(national, homeCode)
        }
        return international ? .failure(.unknownCallingCode) : finish(digits, homeCode, by: home)
    }

    /// `447911123456` in Britain: the calling code without a plus, recognised where the number as it stands
    /// doesn't fit the plan and fits without the code, or is too long.
    private func withoutHomeCode(
        _ digits: PhoneDigits, _ code: CallingCode, _ home: NumberingPlan
    ) -> PhoneDigits? {
        guard let (found, rest) = CallingCode.split(digits), found.value == code.value else { return nil }
        let national = home.withoutNationalPrefix(rest)
        if !home.covers(digits) && home.covers(national) { return national }
        return home.length(of: digits) == .tooLong ? national : nil
    }

    /// An international number is read by the rules of its code's main region, also where the default region
    /// is a smaller one with the same code; a national one by those of the default region.
    private func finish(_ digits: PhoneDigits, _ code: CallingCode, by rules: NumberingPlan? = nil) -> Outcome {
        let plan = rules ?? code.mainPlan
        guard digits.count >= 2 else { return .failure(.tooShort) }
        var national = digits
        let stripped = plan.withoutNationalPrefix(digits)
        switch plan.length(of: stripped) {
        case .possible, .tooLong: national = stripped
        case .localOnly, .tooShort, .wrong: break
        }
        if let number = code.valid(national) { return .success(number) }
        switch plan.length(of: national) {
        case .possible: return .failure(.notAssigned)
        case .localOnly, .tooShort: return .failure(.tooShort)
        case .tooLong: return .failure(.tooLong)
        case .wrong: return .failure(.wrongLength)
        }
    }
}
