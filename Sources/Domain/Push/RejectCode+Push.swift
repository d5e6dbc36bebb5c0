extension RejectCode {
    package static let pushTokenMissing = RejectCode(
        "push_token_missing", "There is no push token in this row. Fill it in or remove the row.")
    package static let pushTokenTooShort = RejectCode(
        "push_token_too_short", "The push token is too short: part of it is missing. Export it again, whole.")
    package static let pushTokenTooLong = RejectCode(
        "push_token_too_long", "The push token is longer than any push service makes them.")
    package static let pushTokenCharacters = RejectCode(
        "push_token_characters",
        "The push token contains characters that no token has. Export it again, without spaces or quotes.")
}
