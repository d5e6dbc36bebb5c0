import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/budgets`, and what is refused once one is used up.
@Suite(.database) struct BudgetRoutesTests {
    private let send = #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional"}"#

    @Test func aBudgetIsSetShownChangedAndRemoved() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.budgetsWrite])
        let body = #"{"source":"checkout","period":"month","amount":"500","currency":"SGD","warn_percent":70}"#
        let made = try await bench.call("POST", "/v1/budgets", body, key: key)
        #expect(made.status == 201 && made["left"] == "500.000000" && made["state"] == "open", "\(made.text)")
        let id = try #require(made["id"]?.stringValue)
        let again = try await bench.call(
            "POST", "/v1/budgets", #"{"source":"checkout","period":"month","amount":"600","currency":"SGD"}"#, key: key)
        #expect(again["id"]?.stringValue == id && again["amount"] == "600.000000")
        #expect(try await bench.call("GET", "/v1/budgets", key: key)["items"]?.arrayValue?.count == 1)

        let rival = try await bench.key([.budgetsWrite], of: bench.rival)
        for method in ["GET", "DELETE"] {
            #expect(try await bench.call(method, "/v1/budgets/\(id)", key: rival).status == 404)
        }
        let reader = try await bench.key([.budgetsRead])
        #expect(try await bench.call("DELETE", "/v1/budgets/\(id)", key: reader).rule == "scope")
        #expect(try await bench.call("DELETE", "/v1/budgets/\(id)", key: key).status == 204)
        #expect(try await bench.call("GET", "/v1/budgets/\(id)", key: key).status == 404)
        let audit = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id)
        #expect(
            audit.filter { $0.action.hasPrefix("budget.") }.map(\.action) == [
                "budget.remove", "budget.set", "budget.set",
            ])
    }

    @Test(
        arguments: [
            (#"{"period":"month","currency":"SGD"}"#, 422, "required"),
            (#"{"period":"month","amount":"0","currency":"SGD"}"#, 422, "range"),
            (#"{"period":"year","amount":"1","currency":"SGD"}"#, 422, "choice"),
            (#"{"period":"day","amount":"1,5","currency":"SGD"}"#, 422, "form"),
            (#"{"period":"day","amount":"1","currency":"QQQ"}"#, 422, "form"),
            (#"{"period":"day","amount":"1","currency":"XXX"}"#, 422, "form"),
            (#"{"period":"day","amount":"1","currency":5}"#, 422, "type"),
            (#"{"source":"checkout","campaign_id":"1","period":"day","amount":"1","currency":"SGD"}"#, 422, "choice"),
            (#"{"source":"nope","period":"day","amount":"1","currency":"SGD"}"#, 404, nil),
            (#"{"campaign_id":"99","period":"day","amount":"1","currency":"SGD"}"#, 404, nil),
        ] as [(String, Int, String?)])
    func whatIsNoBudgetIsRefused(body: String, status: Int, rule: String?) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.budgetsWrite])
        let answer = try await bench.call("POST", "/v1/budgets", body, key: key)
        #expect(answer.status == status && (rule == nil || answer.rule == rule), "\(answer.text)")
    }

    @Test func aUsedUpBudgetRefusesBeforeAnythingIsAccepted() async throws {
        let bench = try await GatewayBench()
        let manage = try await bench.key([.budgetsWrite])
        let key = try await bench.key([.sendTransactional, .sendOTP, .priorityCritical])
        let other = try await bench.key([.sendTransactional], of: bench.rival)
        let body = #"{"source":"checkout","period":"month","amount":"0.01","currency":"SGD"}"#
        #expect(try await bench.call("POST", "/v1/budgets", body, key: manage).status == 201)
        try await bench.run {
            #expect(try await bench.call("POST", "/v1/messages", send, key: key).status == 202)
            // What it costs is more than there is.
            try await bench.database.run { session in
                try session.execute(
                    "INSERT INTO spend SELECT tenant, id, current_date, 0, 'SGD', 20000 FROM source WHERE tenant = $1",
                    [.int(bench.acme.tenant.id)])
            }
            _ = try await BudgetStore(database: bench.database).review()
            bench.services.budgets.forget()
            let refused = try await bench.call("POST", "/v1/messages", send, key: key)
            #expect(refused.status == 402 && refused["type"] == "/docs#budget-spent", "\(refused.text)")
            #expect(refused.header("retry-after") != nil)
            #expect(refused["rule"]?.stringValue?.hasPrefix("budget.") == true)
            let code = send.replacing("transactional", with: "otp")
            #expect(try await bench.call("POST", "/v1/messages", code, key: key).status == 202)
            #expect(try await bench.call("POST", "/v1/messages", send, key: other).status == 202)
            let raised = body.replacing("0.01", with: "100")
            #expect(try await bench.call("POST", "/v1/budgets", raised, key: manage).status == 201)
            #expect(try await bench.call("POST", "/v1/messages", send, key: key).status == 202)
        }
    }

    /// Of several that are used up the one is named that holds longest, and nobody is told to come back in vain.
    @Test func theBudgetThatHoldsLongestIsNamed() async throws {
        let bench = try await GatewayBench()
        let manage = try await bench.key([.budgetsWrite])
        let key = try await bench.key([.sendTransactional])
        try await bench.database.run { session in
            try session.execute(
                """
                INSERT INTO spend SELECT t.id, s.id, (now() AT TIME ZONE t.time_zone)::date, 0, 'SGD', 20000
                  FROM source s JOIN tenant t ON t.id = s.tenant WHERE t.id = $1
                """, [.int(bench.acme.tenant.id)])
        }
        func refusal(after period: String) async throws -> (rule: String?, waits: Bool, budget: String?) {
            let body = #"{"source":"checkout","period":"\#(period)","amount":"0.01","currency":"SGD"}"#
            let made = try await bench.call("POST", "/v1/budgets", body, key: manage)
            let answer = try await bench.call("POST", "/v1/messages", send, key: key)
            #expect(answer.status == 402, "\(answer.text)")
            return (answer["rule"]?.stringValue, answer.header("retry-after") != nil, made["id"]?.stringValue)
        }
        for (period, waits) in [("day", true), ("month", true), ("total", false)] {
            let refused = try await refusal(after: period)
            #expect(refused.rule == "budget.\(refused.budget ?? "")" && refused.waits == waits, "\(period)")
        }
    }

    /// What was accepted before a budget was used up waits, and goes out once it is raised.
    @Test func whatWasAcceptedWaitsForTheBudget() async throws {
        let bench = try await GatewayBench()
        let manage = try await bench.key([.budgetsWrite, .webhooksWrite, .messagesRead])
        let key = try await bench.key([.sendTransactional])
        let providers = ProviderStore(database: bench.database, keys: bench.keys)
        let sand = try #require(try await providers.providers().first)
        try await providers.addPrice(
            provider: sand.id, channel: .sms, prefix: "", micros: 40_000, currency: try #require(Currency("SGD")),
            from: nil, to: nil)
        let hook = #"{"url":"https://127.0.0.1:1/x","events":["budget.*"],"source":"checkout"}"#
        #expect(try await bench.call("POST", "/v1/webhooks", hook, key: manage).status == 201)
        let body = #"{"source":"checkout","period":"total","amount":"0.05","currency":"SGD"}"#
        #expect(try await bench.call("POST", "/v1/budgets", body, key: manage).status == 201)
        try await bench.run {
            let first = try await bench.call("POST", "/v1/messages", send, key: key)
            _ = try await bench.message(try #require(first.ids.first), is: "sent", key: key)
            let second = try await bench.call("POST", "/v1/messages", send, key: key)
            let id = try #require(second.ids.first, "\(second.text)")
            try await bench.eventually {
                try await bench.call("GET", "/v1/budgets", key: manage)["items"]?.arrayValue?.first?["state"] == "held"
            }
            #expect(try await bench.call("GET", "/v1/messages/\(id)", key: key)["status"]?.stringValue != "sent")
            let raised = body.replacing("0.05", with: "5")
            #expect(try await bench.call("POST", "/v1/budgets", raised, key: manage).status == 201)
            _ = try await bench.message(id, is: "sent", key: key)
        }
        let told = try await bench.database.run { session in
            try session.query("SELECT kind FROM webhook_event WHERE kind >= 18 ORDER BY id").map { try $0.int("kind") }
        }
        #expect(told == [18, 19] || told == [19, 18])
    }
}
