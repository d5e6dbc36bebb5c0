/// What a server's answers mean for a message: a table of codes, in the words of `ProviderReason`.
///
/// The enhanced code (RFC 3463) says more than the plain one and goes first. Three things are kept apart that share the
/// same codes: a recipient that does not exist (never to be tried again), our own account or reputation (the
/// recipient is innocent, another provider may deliver), and a rate limit (wait and try again).
struct SMTPMeaning: Sendable, Hashable {
    /// How long to wait where a server asks for less and says no time.
    var throttleWait: Duration = .seconds(30)

    func outcome(_ end: SMTPEnd) -> Outcome {
        switch end {
        case .accepted(let reply): .sent(reference: SMTPReference.of(reply), cost: nil)
        case .refused(let reply, let stage): refusal(reply, at: stage)
        case .impossible(.size): .permanent(reason: "\(ProviderReason.tooLarge) (smtp SIZE)")
        case .impossible(.smtpUTF8): .permanent(reason: "\(ProviderReason.routeRefused) (smtp SMTPUTF8)")
        }
    }

    /// For a message that certainly was not taken.
    func outcome(_ failure: SMTPFailure) -> Outcome {
        switch failure {
        case .refused(let reply, let stage): refusal(reply, at: stage)
        case .noSTARTTLS: .notSent(reason: "\(ProviderReason.noConnection) (smtp no STARTTLS)")
        case .noLogin: .temporary(reason: "\(ProviderReason.accountRefused) (smtp no AUTH)")
        case .injected: .notSent(reason: "\(ProviderReason.noConnection) (smtp text before TLS)")
        case .garbled: .notSent(reason: "\(ProviderReason.unclearReply) (smtp garbled)")
        case .tooLong: .notSent(reason: "\(ProviderReason.unclearReply) (smtp too long)")
        }
    }

    private func refusal(_ reply: SMTPReply, at stage: SMTPStage) -> Outcome {
        if reply.isTransient { return passing(reply) }
        if reply.code < 500 { return .notSent(reason: text(ProviderReason.unclearReply, reply)) }
        if Self.isAboutAccount(reply, at: stage) {
            return .temporary(reason: text(ProviderReason.accountRefused, reply))
        }
        if Self.isAboutReputation(reply) { return .temporary(reason: text(ProviderReason.senderRefused, reply)) }
        switch stage {
        case .greeting, .hello, .startTLS, .login, .idle:
            return .temporary(reason: text(ProviderReason.providerError, reply))
        case .sender, .recipient, .data, .content:
            return .permanent(reason: text(Self.word(reply, at: stage), reply))
        }
    }

    private func passing(_ reply: SMTPReply) -> Outcome {
        if Self.isRateLimit(reply) { return .throttled(after: throttleWait) }
        if Self.isAboutReputation(reply) { return .temporary(reason: text(ProviderReason.senderRefused, reply)) }
        let word = reply.enhanced?.subject == 2 ? ProviderReason.mailboxRefused : ProviderReason.providerBusy
        return .temporary(reason: text(word, reply))
    }

    private func text(_ word: String, _ reply: SMTPReply) -> String { "\(word) (smtp \(reply.codes))" }

    // MARK: The table

    /// Greylisting wears a rate limit's code, but another try after some minutes is all that it wants.
    private static func isRateLimit(_ reply: SMTPReply) -> Bool {
        guard [421, 450, 451, 452].contains(reply.code) else { return false }
        if reply.mentions("greylist") || reply.mentions("graylist") || reply.mentions("grey list") { return false }
        if reply.enhanced?.subject == 2 { return false }
        if reply.mentions("rate") || reply.mentions("throttl") || reply.mentions("too many") { return true }
        if reply.mentions("too fast") || reply.mentions("slow down") || reply.mentions("limit") { return true }
        // 4.7.28 is the receivers' code for unusual rates; 4.3.2 says only that the system is not taking mail now.
        return reply.enhanced?.subject == 7 && reply.enhanced?.detail == 28
    }

    private static func isAboutAccount(_ reply: SMTPReply, at stage: SMTPStage) -> Bool {
        if stage == .login { return true }
        if [530, 534, 535, 538].contains(reply.code) { return true }
        if let enhanced = reply.enhanced, enhanced.subject == 7, [8, 9, 11, 13].contains(enhanced.detail) {
            return true
        }
        // A relay that does not know us, or whose free amount is used up.
        return reply.mentions("relay") || reply.mentions("quota exceeded for account") || reply.mentions("suspended")
    }

    /// The address we send from has a bad name; the recipient is as good as ever (and must not be suppressed).
    private static func isAboutReputation(_ reply: SMTPReply) -> Bool {
        guard reply.code == 550 || reply.code == 554 || reply.code == 553 || reply.isTransient else { return false }
        if reply.mentions("reputation") || reply.mentions("blacklist") || reply.mentions("blocklist") { return true }
        if reply.mentions("block list") || reply.mentions("black list") || reply.mentions("dnsbl") { return true }
        if reply.mentions("spamhaus") || reply.mentions("rbl") || reply.mentions("blocked") { return true }
        return false
    }

    private static func word(_ reply: SMTPReply, at stage: SMTPStage) -> String {
        guard let enhanced = reply.enhanced else { return word(code: reply.code, reply, at: stage) }
        switch (enhanced.subject, enhanced.detail) {
        case (1, 7), (1, 8): return ProviderReason.senderRefused
        case (1, _): return stage == .sender ? ProviderReason.senderRefused : ProviderReason.invalidRecipient
        case (2, 1): return ProviderReason.invalidRecipient
        case (2, 3), (3, 4): return ProviderReason.tooLarge
        case (2, _): return ProviderReason.mailboxRefused
        // Some large receivers say 5.4.1 of mailboxes that do not exist, and others of whole domains.
        case (4, _): return ProviderReason.routeRefused
        case (6, 7), (6, 9): return ProviderReason.routeRefused
        case (6, _): return ProviderReason.contentRefused
        case (7, 1) where stage == .sender: return ProviderReason.senderRefused
        case (7, 20...30): return ProviderReason.senderRefused
        case (7, _): return ProviderReason.contentRefused
        // 5.0.0 says nothing.
        case (0, _): return word(code: reply.code, reply, at: stage)
        default: return ProviderReason.providerError
        }
    }

    /// By the plain code, where a server says no more.
    private static func word(code: Int, _ reply: SMTPReply, at stage: SMTPStage) -> String {
        if reply.mentions("spam") { return ProviderReason.contentRefused }
        switch (stage, code) {
        case (_, 552) where stage == .recipient: return ProviderReason.mailboxRefused
        case (_, 552): return ProviderReason.tooLarge
        case (.sender, 550...554): return ProviderReason.senderRefused
        case (.recipient, 550), (.recipient, 551), (.recipient, 553): return ProviderReason.invalidRecipient
        case (.data, 550...554), (.content, 550...554): return ProviderReason.contentRefused
        default: return ProviderReason.providerError
        }
    }
}
