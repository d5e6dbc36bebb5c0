extension RejectCode {
    package static let phoneMissing = RejectCode(
        "phone_missing", "There is no phone number in this row. Fill it in or remove the row.")
    package static let phoneLetters = RejectCode(
        "phone_letters", "The phone number contains letters. Write digits only, with + and the country code first.")
    package static let phoneNotANumber = RejectCode(
        "phone_not_a_number",
        "This does not look like a phone number. Write digits only, with + and the country code first.")
    package static let phoneSeveral = RejectCode(
        "phone_several", "There is more than one phone number here. Keep one, and put the other in a row of its own.")
    package static let phoneNoRegion = RejectCode(
        "phone_no_region",
        "The phone number has no country code and no default region is set. Write it with + and the country code, or "
            + "set a default region.")
    package static let phoneUnknownCallingCode = RejectCode(
        "phone_unknown_calling_code", "No country has the country code that this phone number begins with.")
    package static let phoneTooShort = RejectCode(
        "phone_too_short", "The phone number has too few digits for its country.")
    package static let phoneTooLong = RejectCode(
        "phone_too_long", "The phone number has too many digits for its country.")
    package static let phoneWrongLength = RejectCode(
        "phone_wrong_length", "No phone number of its country has this many digits.")
    package static let phoneNotAssigned = RejectCode(
        "phone_not_assigned",
        "The phone number has a possible length, but its country has no numbers that begin like this.")
    package static let phoneHiddenCharacters = RejectCode(
        "phone_hidden_characters",
        "There are invisible characters between the digits of the phone number. Type it again instead of copying it.")
    package static let phoneScientificNotation = RejectCode(
        "phone_scientific_notation",
        "A spreadsheet turned the phone number into scientific notation, and digits are lost. Format the column as "
            + "text and enter the number again.")
    package static let phoneDecimals = RejectCode(
        "phone_decimals",
        "The phone number ends in .0, as a spreadsheet writes it. Format the column as text and remove the .0.")
    package static let phoneDate = RejectCode(
        "phone_date",
        "A spreadsheet turned the phone number into a date. Format the column as text and enter the number again.")
    package static let phoneLostPlus = RejectCode(
        "phone_lost_plus", "The phone number looks international but its + is missing. Put + before the country code.")
    package static let phoneLostZero = RejectCode(
        "phone_lost_zero",
        "The phone number looks as if its first zero was dropped. Format the column as text and put the zero back.")
}
