import Testing

@testable import Domain

struct UsePolicyTests {
    private let singapore = Region("SG") ?? .none
    private let malaysia = Region("MY") ?? .none

    private func send(
        _ category: Domain.Category = .marketing, by channel: Channel = .sms, as priority: Priority? = nil,
        _ content: ProposedSend.Content = .template("sale")
    ) -> ProposedSend {
        ProposedSend(
            category: category, channel: channel, priority: priority ?? category.defaultPriority, content: content)
    }

    private func policy(_ changes: ((inout PermittedUse) -> Void)...) -> UsePolicy {
        UsePolicy(
            source: "checkout",
            uses: changes.map { change in
                var use = PermittedUse()
                change(&use)
                return use
            })
    }

    private func refusal(_ policy: UsePolicy, _ send: ProposedSend, to country: Region = .none) -> AccessRefusal? {
        do throws(AccessRefusal) { return try policy.check(send).refusal(country) } catch { return error }
    }

    @Test func withoutUsesTemplatesGoEverywhereAndOwnTextsNowhere() {
        let open = policy()
        #expect(refusal(open, send()) == nil && refusal(open, send(.otp, by: .voice), to: malaysia) == nil)
        let raw = refusal(open, send(.marketing, .raw))
        #expect(raw?.rule == "use.content" && raw?.text.contains("herald source permit checkout --content raw") == true)
    }

    @Test func theRefusalNamesTheRuleAndNoMore() {
        let strict = policy {
            $0.categories = [.otp, .marketing]
            $0.channels = [.sms]
            $0.priorities = [.low, .critical]
            $0.templates = ["sale"]
            $0.countries = [Region("MY") ?? .none]
        }
        let cases: [(ProposedSend, Region, String, String)] = [
            (send(.alert), malaysia, "use.category", "source checkout may not send alert"),
            (send(by: .email), malaysia, "use.channel", "source checkout may not send marketing by email"),
            (send(as: .high), malaysia, "use.priority", "source checkout may not send marketing by sms as high"),
            (send(as: .normal), malaysia, "use.priority", "source checkout may not send marketing by sms as normal"),
            (
                send(.marketing, .template("news")), malaysia, "use.template",
                "source checkout may not send marketing by sms with template news"
            ),
            (
                send(.marketing, .raw), malaysia, "use.content",
                "source checkout may not send marketing by sms with a text of its own"
            ),
            (
                send(), singapore, "use.country",
                "source checkout may not send marketing by sms with template sale to SG"
            ),
            (
                send(as: .critical), .none, "use.country",
                "source checkout may not send marketing by sms as critical with template sale to an address that tells no country"
            ),
        ]
        for (send, country, rule, text) in cases {
            #expect(refusal(strict, send, to: country) == AccessRefusal(rule: rule, text: text))
        }
        #expect(refusal(strict, send(), to: malaysia) == nil)
    }

    /// Conditions of different uses don't mix: OTP by SMS and marketing by email are not marketing by SMS.
    @Test func oneUseMustCoverAllOfIt() {
        let two = policy(
            {
                $0.categories = [.otp]
                $0.channels = [.sms]
            },
            {
                $0.categories = [.marketing]
                $0.channels = [.email]
            })
        #expect(refusal(two, send())?.rule == "use.channel")
        #expect(refusal(two, send(.otp, by: .email))?.rule == "use.channel")
        #expect(refusal(two, send(.otp)) == nil && refusal(two, send(by: .email)) == nil)
    }

    @Test func countriesOfUsesThatCoverTheRestAddUp() throws {
        let both = policy(
            { $0.countries = [Region("SG") ?? .none] },
            {
                $0.countries = [Region("MY") ?? .none]
                $0.categories = [.otp]
            })
        #expect(try both.check(send(.otp)).countries == [singapore, malaysia])
        #expect(try both.check(send()).countries == [singapore])
        let open = policy({ $0.countries = [Region("SG") ?? .none] }, { $0.categories = [.otp] })
        #expect(try open.check(send(.otp)).countries == nil)
        #expect(refusal(open, send(), to: .none)?.rule == "use.country")
    }

    @Test func ownTextsNeedTheirLeaveAndTemplatesGoWithIt() {
        let raw = policy { $0.allowsRaw = true }
        #expect(refusal(raw, send(.marketing, .raw)) == nil && refusal(raw, send()) == nil)
        let named = policy {
            $0.allowsRaw = true
            $0.templates = ["sale"]
        }
        #expect(refusal(named, send(.marketing, .raw)) == nil)
        #expect(refusal(named, send(.marketing, .template("news")))?.rule == "use.template")
    }
}

extension UsePolicyTests {
    private func send(_ category: Domain.Category, _ content: ProposedSend.Content) -> ProposedSend {
        ProposedSend(category: category, channel: .sms, priority: category.defaultPriority, content: content)
    }
}
