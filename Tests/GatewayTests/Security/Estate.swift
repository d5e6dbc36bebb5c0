import Domain
import Storage

@testable import Gateway

/// One thing of each sort that a tenant can have, so that another tenant can ask for each. All of them have `mark` in their
/// names, so that wherever one shows it is seen.
struct Estate: Sendable {
    /// What stands in probes for a thing: `@campaign@`.
    enum Thing: String, CaseIterable {
        case template, source, permit, key, provider, route, campaign, message, reference, address, reason, webhook,
            budget, alert
        var token: String { "@\(rawValue)@" }
    }

    let things: [Thing: String]

    subscript(thing: Thing) -> String { things[thing] ?? "" }

    /// With each token replaced by this estate's thing.
    func filled(_ text: String) -> String {
        Thing.allCases.reduce(text) { $0.replacing($1.token, with: self[$1]) }
    }

    /// With each whole word that names one of its things replaced by the token.
    func neutral(_ text: String) -> String {
        // With the plus sign before it, it is no word.
        let text = things[.address].map { text.replacing($0, with: Thing.address.token) } ?? text
        var neutral = ""
        var word = ""
        func end() {
            neutral += things.first { $0.value == word }?.key.token ?? word
            word = ""
        }
        for character in text {
            if character.isLetter || character.isNumber || character == "-" || character == "_" {
                word.append(character)
            } else {
                end()
                neutral.append(character)
            }
        }
        end()
        return neutral
    }

    /// Names of the same form for which there is nothing.
    static let nobodys = Estate(things: [
        .template: "nobodys-template", .source: "nobodys-source", .permit: "999999", .key: "zzzzzzzzzz",
        .provider: "nobodys-provider", .route: "999999", .campaign: "99999999", .message: "9007199254740993",
        .reference: "nobodys-reference", .address: "+6591240567", .reason: "nobodys-reason",
        .webhook: "999998", .budget: "999997", .alert: "999996",
    ])

    /// What keys of a tenant may do when they may do everything.
    static let allScopes = Scope.allCases

    /// Made by the API with a key that may do everything; the bench must run.
    static func make(
        _ bench: GatewayBench, of party: (tenant: Tenant, source: Source), mark: String, address: String
    ) async throws -> Estate {
        let key = try await bench.key(allScopes, of: party)
        @Sendable func made(
            _ method: String, _ target: String, _ body: String, type: String = "application/json"
        ) async throws -> GatewayBench.Answer {
            let answer = try await bench.call(
                method, target, body, key: key, headers: [(name: "Content-Type", value: type)])
            guard (200...204).contains(answer.status) else { throw NotMade(text: "\(target): \(answer.text)") }
            return answer
        }
        var things: [Thing: String] = [.address: address, .reference: "\(mark)-reference", .reason: "\(mark)-reason"]
        for (thing, sort) in [(Thing.template, "template"), (.source, "source"), (.provider, "provider")] {
            things[thing] = "\(mark)-\(sort)"
        }
        func text(_ thing: Thing) -> String { things[thing] ?? "" }
        _ = try await made(
            "POST", "/v1/templates",
            #"{"name":"\#(text(.template))","channel":"sms","locales":{"en":{"text":"Hi {{ name }}"}}}"#)
        _ = try await made("POST", "/v1/sources", #"{"name":"\#(text(.source))"}"#)
        things[.permit] = try await made("POST", "/v1/sources/\(text(.source))/permits", #"{"channels":["sms"]}"#)[
            "id"]?
            .stringValue
        things[.key] = try await made(
            "POST", "/v1/keys", #"{"source":"\#(text(.source))","scopes":["templates:read"]}"#)["id"]?.stringValue
        _ = try await made("POST", "/v1/providers", #"{"name":"\#(text(.provider))","kind":"sandbox"}"#)
        things[.route] = try await made(
            "POST", "/v1/routes", #"{"providers":["\#(text(.provider))"],"sources":["\#(text(.source))"]}"#)["id"]?
            .stringValue
        things[.webhook] = try await made(
            "POST", "/v1/webhooks", #"{"url":"https://hooks.example.com/\#(mark)","events":["message.bounced"]}"#)[
                "id"]?
            .stringValue
        // Of a number that nothing else here has, so that it can't be taken for another thing.
        let next = 880_000 + party.tenant.id
        try await bench.database.run { try $0.execute("ALTER SEQUENCE budget_id_seq RESTART WITH \(next)") }
        things[.budget] = try await made(
            "POST", "/v1/budgets",
            #"{"source":"\#(text(.source))","period":"month","amount":"100000","currency":"SGD"}"#)["id"]?.stringValue
        things[.campaign] = try await made(
            "POST", "/v1/campaigns",
            #"{"name":"\#(mark)-campaign","template":"\#(text(.template))","category":"marketing"}"#)["id"]?.stringValue
        _ = try await made(
            "PUT", "/v1/campaigns/\(text(.campaign))/recipients", "phone,name\n\(address),Ann\n1,\(mark)-reject\n",
            type: "text/csv")
        let due = (Timestamp.now + .seconds(3600)).description
        things[.message] = try await made(
            "POST", "/v1/messages",
            #"{"to":"\#(address)","template":"\#(text(.template))","data":{"name":"A"},"category":"alert","send_at":"\#(due)","reference":"\#(text(.reference))"}"#
        ).ids.first
        // One that went out, so that there are a trace and costs.
        let sent = try await made(
            "POST", "/v1/messages",
            #"{"to":"+6591239999","template":"\#(text(.template))","data":{"name":"A"},"category":"transactional"}"#)
        _ = try await bench.message(sent.ids.first ?? "", is: "sent", key: key)
        _ = try await made("PUT", "/v1/suppressions", #"{"addresses":["\#(address)"],"reason":"complaint"}"#)
        _ = try await made("PUT", "/v1/preferences", #"{"to":"\#(address)","marketing":{"voice":false}}"#)
        let (message, reason) = (Int64(text(.message)) ?? 0, text(.reason))
        try await bench.database.run { session in
            try session.execute(
                """
                INSERT INTO dead_letter (message, at, campaign, tenant, provider, attempt, kind, reason)
                VALUES ($1, now(), $2, $3, 1, 3, 'exhausted', $4)
                """, [.int(message), .int(message >> 35), .int(party.tenant.id), .text(reason)])
        }
        things[.alert] = String(
            try await bench.database.run { session in
                try session.execute("ALTER SEQUENCE alert_id_seq RESTART WITH \(770_000 + party.tenant.id)")
                return try session.query(
                    """
                    INSERT INTO alert (rule, rule_name, tenant, subject, measure, dimension, direction, opened_at, seen_at, spell, value,
                                       worst, usual, weeks)
                    VALUES (1, $2, $1, $2, 'volume', 'source', 'rise', now(), now(), 'last hour', 1, 1, 1, 8) RETURNING id
                    """, [.int(party.tenant.id), .text("\(mark)-rule")])[0].int("id")
            })
        return Estate(things: things)
    }

    struct NotMade: Error { let text: String }
}
