/// Checks phone numbers against the numbering plans of the world, as compiled from libphonenumber's metadata
/// into one table. Nearly all numbers are plain digits and punctuation: those are read in one pass over the
/// bytes and walked through the table, without an allocation.
package enum PhoneTable {
    /// Judges the text of one field. A number without a country code is read as one of the default region.
    package static func check(
        _ input: borrowing Span<UInt8>, defaultRegion: Region, repair: PhoneRepairPolicy = .certain
    ) -> PhoneVerdict {
        let reading = PhoneReading(home: NumberingPlan(defaultRegion))
        guard let plain = PlainPhone(input), !plain.digits.isEmpty else {
            return unusual(input, defaultRegion, PhoneDamage(reading: reading, policy: repair))
        }
        if plain.wholeDigits == nil || repair == .none {
            switch reading.read(plain.digits, international: plain.international) {
            case .success(let number): return .valid(number, repair: nil)
            case .failure(let fault) where plain.international: return .fault(fault)
            case .failure: break
            }
        }
        return damaged(input, plain, PhoneDamage(reading: reading, policy: repair))
    }

    /// The same for text at hand.
    package static func check(
        _ text: String, defaultRegion: Region, repair: PhoneRepairPolicy = .certain
    ) -> PhoneVerdict {
        let bytes = Array(text.utf8)
        return check(bytes.span, defaultRegion: defaultRegion, repair: repair)
    }

    /// Plain digits without a plus sign that are no valid number as they stand, or that end in decimals.
    private static func damaged(
        _ input: borrowing Span<UInt8>, _ plain: PlainPhone, _ damage: PhoneDamage
    ) -> PhoneVerdict {
        if let whole = plain.wholeDigits { return damage.decimals(plain.digits.prefix(whole)) }
        return PhoneDamage.isDate(input) ? .fault(.date) : damage.national(plain.digits, isBare: plain.isBare)
    }

    /// Text with letters, other scripts, extensions, or marks that don't belong in a number.
    private static func unusual(
        _ input: borrowing Span<UInt8>, _ defaultRegion: Region, _ damage: PhoneDamage
    ) -> PhoneVerdict {
        // A character is four bytes at the most, so this is too long whatever it says.
        if input.count > 4 * PhoneText.longest { return .fault(.tooLong) }
        if damage.policy == .certain, let verdict = damage.scientific(input) { return verdict }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count)
        for index in input.indices { bytes.append(input[index]) }
        let text = PhoneText(text: Array(String(decoding: bytes, as: UTF8.self).unicodeScalars))
        let outcome = text.find().flatMap { damage.reading.read($0.digits, international: $0.international) }
        switch outcome {
        case .success(let number): return .valid(number, repair: nil)
        case .failure(let fault):
            if let verdict = damage.scientific(input) { return verdict }
            if PhoneDamage.isDate(input) { return .fault(.date) }
            guard let visible = text.withoutInvisible() else { return .fault(fault) }
            let verdict = check(visible, defaultRegion: defaultRegion, repair: damage.policy)
            guard let number = verdict.number else { return verdict }
            return damage.policy == .certain ? .valid(number, repair: .invisible) : .fault(.hiddenCharacters)
        }
    }
}
