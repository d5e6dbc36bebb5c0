/// Why a text is not a usable phone number.
package enum PhoneFault: UInt8, Error, Sendable, Hashable, CaseIterable {
    case missing
    case letters
    case notANumber
    case severalNumbers
    case noDefaultRegion
    case unknownCallingCode
    case tooShort
    case tooLong
    case wrongLength
    case notAssigned
    case hiddenCharacters
    case scientificNotation
    case decimals
    case date
    case lostPlus
    case lostZero

    package var code: RejectCode {
        switch self {
        case .missing: .phoneMissing
        case .letters: .phoneLetters
        case .notANumber: .phoneNotANumber
        case .severalNumbers: .phoneSeveral
        case .noDefaultRegion: .phoneNoRegion
        case .unknownCallingCode: .phoneUnknownCallingCode
        case .tooShort: .phoneTooShort
        case .tooLong: .phoneTooLong
        case .wrongLength: .phoneWrongLength
        case .notAssigned: .phoneNotAssigned
        case .hiddenCharacters: .phoneHiddenCharacters
        case .scientificNotation: .phoneScientificNotation
        case .decimals: .phoneDecimals
        case .date: .phoneDate
        case .lostPlus: .phoneLostPlus
        case .lostZero: .phoneLostZero
        }
    }
}
