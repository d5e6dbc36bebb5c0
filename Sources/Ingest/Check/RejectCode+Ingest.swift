import Domain

extension RejectCode {
    package static let addressMissing = RejectCode(
        "address_missing", "The address is missing. Fill it in or remove the row.")
    package static let addressInvalid = RejectCode(
        "address_invalid", "The address holds control characters or is too long.")
    package static let raggedRow = RejectCode(
        "ragged_row",
        "The row does not have as many cells as the header. A delimiter is missing, or a cell with a delimiter in it "
            + "lacks quotes.")
    package static let unclosedQuote = RejectCode(
        "unclosed_quote", "A quote is opened on this line and not closed. Close it, or write it twice if it is text.")
    package static let fieldTooLong = RejectCode(
        "field_too_long", "A cell of this row is longer than 1 MiB. Only its beginning is shown.")
    package static let rowTooLong = RejectCode(
        "row_too_long", "This row is longer than 4 MiB. Only its beginning is shown.")
    package static let tooManyColumns = RejectCode(
        "too_many_columns", "This row has more than 2,000 cells. Only the first are shown.")
    package static let notAnObject = RejectCode(
        "not_an_object", "This line is not a JSON object.")
    package static let invalidUTF8 = RejectCode(
        "invalid_utf8", "The row holds bytes that are not text in UTF-8. They are shown as \u{FFFD}: write them anew.")
    package static let nulByte = RejectCode(
        "nul_byte", "The row holds NUL bytes, which no message can carry. They are shown as \u{FFFD}: remove them.")
    package static let badTimeZone = RejectCode(
        "bad_time_zone", "The time zone is unknown. Write it like Asia/Singapore or Europe/Berlin.")
    package static let fieldMissing = RejectCode(
        "field_missing", "The template needs this field and the row does not fill it.")
    package static let countryNotPermitted = RejectCode(
        "country_not_permitted", "The source of this campaign may not send to this country.")
}

extension RejectCode {
    package init?(_ fault: RecordFault) {
        switch fault {
        case .none: return nil
        case .unclosedQuote: self = .unclosedQuote
        case .fieldTooLong: self = .fieldTooLong
        case .rowTooLong: self = .rowTooLong
        case .tooManyColumns: self = .tooManyColumns
        case .notAnObject: self = .notAnObject
        }
    }
}
