import Testing

@testable import Senders

@Suite struct SMTPMeaningTests {
    private static let meaning = SMTPMeaning()

    private static func outcome(_ code: Int, _ text: String, _ stage: SMTPStage) -> Outcome {
        meaning.outcome(SMTPEnd.refused(reply(code, text), at: stage))
    }

    @Test(arguments: [
        (
            550, "5.1.1 No such user", SMTPStage.recipient,
            Outcome.permanent(reason: "invalid_recipient (smtp 550 5.1.1)")
        ),
        (550, "User unknown", .recipient, .permanent(reason: "invalid_recipient (smtp 550)")),
        (550, "5.2.1 Mailbox disabled", .recipient, .permanent(reason: "invalid_recipient (smtp 550 5.2.1)")),
        (552, "5.2.2 Mailbox full", .recipient, .permanent(reason: "mailbox_refused (smtp 552 5.2.2)")),
        (452, "4.2.2 Over quota", .recipient, .temporary(reason: "mailbox_refused (smtp 452 4.2.2)")),
        (452, "4.2.2 Quota limit exceeded", .recipient, .temporary(reason: "mailbox_refused (smtp 452 4.2.2)")),
        (552, "5.3.4 Too big", .sender, .permanent(reason: "too_large (smtp 552 5.3.4)")),
        (552, "Too big", .content, .permanent(reason: "too_large (smtp 552)")),
        (451, "4.3.0 Later", .recipient, .temporary(reason: "provider_busy (smtp 451 4.3.0)")),
        (421, "4.3.2 Closing", .idle, .temporary(reason: "provider_busy (smtp 421 4.3.2)")),
        (
            450, "4.7.1 Greylisted, try again at the given rate", .recipient,
            .temporary(reason: "provider_busy (smtp 450 4.7.1)")
        ),
        (421, "4.7.0 Too many connections", .greeting, .throttled(after: .seconds(30))),
        (450, "4.7.1 Rate limit exceeded", .recipient, .throttled(after: .seconds(30))),
        (421, "4.7.28 Unusual traffic", .content, .throttled(after: .seconds(30))),
        (451, "4.3.0 Could not generate a reply", .content, .temporary(reason: "provider_busy (smtp 451 4.3.0)")),
        (554, "5.7.1 Rejected as spam", .content, .permanent(reason: "content_refused (smtp 554 5.7.1)")),
        (554, "Looks like spam", .content, .permanent(reason: "content_refused (smtp 554)")),
        (550, "5.7.26 Unauthenticated mail", .content, .permanent(reason: "sender_refused (smtp 550 5.7.26)")),
        (550, "5.1.8 Bad sender", .sender, .permanent(reason: "sender_refused (smtp 550 5.1.8)")),
        (553, "Sender not owned", .sender, .permanent(reason: "sender_refused (smtp 553)")),
        (550, "5.4.1 Access denied", .recipient, .permanent(reason: "route_refused (smtp 550 5.4.1)")),
        (501, "5.5.4 Syntax", .sender, .permanent(reason: "provider_error (smtp 501 5.5.4)")),
    ])
    func aRefusalMeans(_ code: Int, _ text: String, _ stage: SMTPStage, _ outcome: Outcome) {
        #expect(Self.outcome(code, text, stage) == outcome)
    }

    /// field-notes 2.9: a bad name of our address is not the recipient's fault.
    @Test(arguments: [
        "5.7.1 Your IP has a poor reputation", "5.7.1 Client host blocked using Spamhaus",
        "Blacklisted, see https://rbl.test",
        "5.1.1 blocked by our block list", "5.7.1 Service unavailable; listed on a DNSBL",
    ])
    func aBadReputationNeverMakesARecipientInvalid(_ text: String) {
        for stage in [SMTPStage.sender, .recipient, .data, .content] {
            let outcome = Self.outcome(550, text, stage)
            #expect(outcome.kind == .temporary)
            #expect(ProviderReason.word(of: outcome.reason) == "sender_refused")
        }
    }

    @Test(arguments: [
        (535, "5.7.8 Bad credentials", SMTPStage.login), (530, "5.7.0 Authentication required", .sender),
        (550, "5.7.8 Who are you", .recipient), (554, "5.7.1 Relay access denied", .recipient),
        (550, "Account suspended", .content), (504, "Unknown mechanism", .login),
    ])
    func theAccountsFaultIsNotTheMessages(_ code: Int, _ text: String, _ stage: SMTPStage) {
        let outcome = Self.outcome(code, text, stage)
        #expect(outcome.kind == .temporary)
        #expect(ProviderReason.word(of: outcome.reason) == "account_refused")
    }

    @Test(arguments: [
        ("2.0.0 Ok: queued as 4XyZ12", "4XyZ12"), ("OK id=1qXyz-0001", "1qXyz-0001"),
        ("Ok 0100018bd-12", "0100018bd-12"),
        ("2.0.0 Ok", ""), ("2.6.0 <a1@h> [InternalId=7] Queued mail for delivery", ""), ("", ""),
        ("first line\nOk: queued as 77", "77"), ("Message queued as <ab\"c1>", "abc1"),
    ])
    func theReferenceIsTheServersQueueID(_ text: String, _ reference: String) {
        #expect(Self.meaning.outcome(SMTPEnd.accepted(reply(250, text))) == .sent(reference: reference, cost: nil))
    }

    @Test func aReferenceIsBounded() {
        #expect(SMTPReference.of(reply(250, "Ok 1" + String(repeating: "x", count: 4000))).utf8.count == 100)
    }

    @Test func onlyAnEnhancedCodeOfTheSameClassCounts() {
        #expect(reply(550, "5.1.1 x").enhanced == .init(kind: 5, subject: 1, detail: 1))
        #expect(reply(550, "5.1.1").enhanced == .init(kind: 5, subject: 1, detail: 1))
        #expect(reply(550, "4.1.1 x").enhanced == nil)
        #expect(reply(550, "5.1 x").enhanced == nil)
        #expect(reply(550, "5.1.1x").enhanced == nil)
        #expect(reply(550, "5.1.99999999999999999999 x").enhanced == nil)
        #expect(reply(550, "").enhanced == nil)
    }
}
