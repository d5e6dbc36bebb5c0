/// What a check found.
package enum PhoneVerdict: Sendable, Hashable {
    /// A valid number; `repair` says what had to be mended to read it, nil if it was right as it stood.
    case valid(PhoneNumber, repair: PhoneRepair?)
    case fault(PhoneFault)

    package var number: PhoneNumber? {
        if case .valid(let number, _) = self { number } else { nil }
    }

    package var fault: PhoneFault? {
        if case .fault(let fault) = self { fault } else { nil }
    }
}

/// Damage that was undone because only one reading was possible.
package enum PhoneRepair: String, Sendable, Hashable, CaseIterable {
    /// `447911123456` where no number of the default region can look like that.
    case lostPlus = "lost_plus"
    /// `612345678` for Italy's `0612345678`: the zero belongs to the number and a spreadsheet ate it.
    case lostZero = "lost_zero"
    /// `6591234567.0`
    case decimals
    /// `4.47911123456E+11`, with every digit still there.
    case scientific
    /// Direction marks, zero-width characters and unusual spaces between the digits.
    case invisible
}

/// Whether a check may mend damage. Both read what is valid as it stands in the same way, except for a number
/// that ends in `.0` or is in scientific notation: reading the zero or the exponent as further digits, as
/// libphonenumber does, could reach a stranger, so `certain` mends or refuses those.
package enum PhoneRepairPolicy: Sendable, Hashable {
    /// Only what libphonenumber's rules call valid; damage is named, not mended.
    case none
    /// Damage is mended where only one reading is possible.
    case certain
}
