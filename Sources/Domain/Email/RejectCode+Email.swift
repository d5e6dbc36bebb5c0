extension RejectCode {
    package static let emailMissing = RejectCode(
        "email_missing", "There is no email address in this row. Fill it in or remove the row.")
    package static let emailNoAt = RejectCode("email_no_at", "The email address has no @ sign.")
    package static let emailControlCharacters = RejectCode(
        "email_control_characters",
        "The email address contains a line break or another control character. Type it again.")
    package static let emailDisplayName = RejectCode(
        "email_display_name", "There is more than the address itself here. Keep only what looks like name@example.com.")
    package static let emailLocalMissing = RejectCode(
        "email_local_missing", "The email address has nothing in front of the @ sign.")
    package static let emailLocalTooLong = RejectCode(
        "email_local_too_long", "The part in front of the @ sign is longer than the 64 bytes that mail allows.")
    package static let emailLocalCharacters = RejectCode(
        "email_local_characters", "The part in front of the @ sign contains a space or a sign that mail does not allow."
    )
    package static let emailLocalDots = RejectCode(
        "email_local_dots",
        "The part in front of the @ sign begins or ends with a full stop, or has two of them in a row.")
    package static let emailDomainMissing = RejectCode(
        "email_domain_missing", "The email address has nothing behind the @ sign.")
    package static let emailDomainCharacters = RejectCode(
        "email_domain_characters", "The domain of the email address contains a sign that no domain has.")
    package static let emailDomainLabels = RejectCode(
        "email_domain_labels",
        "The domain of the email address has a full stop or a hyphen where none may be, or a part over 63 bytes.")
    package static let emailDomainTooLong = RejectCode(
        "email_domain_too_long", "The domain of the email address is longer than 253 bytes.")
    package static let emailDomainIncomplete = RejectCode(
        "email_domain_incomplete", "The domain of the email address has no ending such as .com.")
    package static let emailDomainReserved = RejectCode(
        "email_domain_reserved", "The domain of the email address is reserved and receives no mail.")
    package static let emailDomainNotIDNA = RejectCode(
        "email_domain_not_idna", "The domain of the email address is no valid international domain name.")
    package static let emailTooLong = RejectCode(
        "email_too_long", "The email address is longer than the 254 bytes that mail allows.")
}
