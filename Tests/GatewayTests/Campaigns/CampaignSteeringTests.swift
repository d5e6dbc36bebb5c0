import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// Steering, and the same request twice.
@Suite(.database) struct CampaignSteeringTests {
    private func keyed(_ key: String) -> [(name: String, value: String)] { [("Idempotency-Key", key)] }

    @Test func aCampaignIsPausedResumedAndCancelled() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft(#"{"template":"spring","category":"marketing","start":true}"#)
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/pause").rule == "state")
        #expect(try await bench.fill(id, CampaignBench.csv(5))["state"]?.stringValue == "running")
        for (step, state) in [
            ("pause", "paused"), ("resume", "running"), ("pause", "paused"), ("cancel", "cancelling"),
        ] {
            let answer = try await bench.call("POST", "/v1/campaigns/\(id)/\(step)")
            #expect(answer.status == 200 && answer["state"]?.stringValue == state, "\(answer.text)")
            let again = try await bench.call("POST", "/v1/campaigns/\(id)/\(step)")
            #expect(again.status == 409 && again.rule == "state")
        }
        try await bench.gateway.run {
            let end = try await bench.finished(id)
            #expect(end["state"]?.stringValue == "cancelled" && end["states"]?["cancelled"]?.intValue == 5)
        }
    }

    @Test func whatFailedIsSentAgainOnce() async throws {
        let bench = try await CampaignBench()
        try await bench.gateway.run {
            let id = try await bench.draft(#"{"template":"spring","category":"marketing","start":true}"#)
            _ = try await bench.fill(id, CampaignBench.csv(3) + "+6595559001,Bounce\n")
            #expect(try await bench.finished(id)["states"]?["failed"]?.intValue == 1)
            let first = try await bench.call(
                "POST", "/v1/campaigns/\(id)/resend-failed", #"{"include_unknown":true}"#, headers: keyed("r"))
            #expect(first.status == 201 && first["accepted"]?.intValue == 1, "\(first.text)")
            #expect(first["resend_of"]?.stringValue == id)
            let same = try await bench.call(
                "POST", "/v1/campaigns/\(id)/resend-failed", #"{"include_unknown":true}"#, headers: keyed("r"))
            #expect(same.text == first.text && same.header("idempotent-replay") == "true")
            let other = try await bench.call("POST", "/v1/campaigns/\(id)/resend-failed", headers: keyed("r"))
            #expect(other.status == 422)
            #expect(try await bench.call("POST", "/v1/campaigns/\(id)/resend-failed").rule == "resent_already")
            let resend = try #require(first["id"]?.stringValue)
            #expect(try await bench.finished(resend)["reasons"]?.arrayValue?.count == 1)
            let more = try await bench.call("POST", "/v1/campaigns/\(id)/resend-failed", #"{"again":true}"#)
            #expect(more.status == 201)
        }
    }

    @Test func nobodyFailedSoNobodyIsSentToAgain() async throws {
        let bench = try await CampaignBench()
        try await bench.gateway.run {
            let id = try await bench.draft(#"{"template":"spring","category":"marketing","start":true}"#)
            _ = try await bench.fill(id, CampaignBench.csv(1))
            _ = try await bench.finished(id)
            let answer = try await bench.call("POST", "/v1/campaigns/\(id)/resend-failed")
            #expect(answer.status == 200 && answer["accepted"]?.intValue == 0 && answer["id"]?.isNull == true)
        }
    }

    @Test(arguments: ["", #","recipients":\#(CampaignBench.list(3))"#])
    func theSameRequestMakesOneCampaign(recipients: String) async throws {
        let bench = try await CampaignBench()
        let body = #"{"template":"spring","category":"marketing"\#(recipients)}"#
        let first = try await bench.call("POST", "/v1/campaigns", body, headers: keyed("a"))
        let same = try await bench.call("POST", "/v1/campaigns", body, headers: keyed("a"))
        #expect(first.status == 201 && same.status == 201 && same.text == first.text, "\(same.text)")
        #expect(same.header("idempotent-replay") == "true")
        let other = try await bench.call("POST", "/v1/campaigns", body + " ", headers: keyed("a"))
        #expect(other.status == 422 && other["type"]?.stringValue == "/docs#idempotency-key-reused")
        #expect(try await bench.call("GET", "/v1/campaigns")["items"]?.arrayValue?.count == 1)
    }

    /// Whatever each of them is told, there is one campaign.
    @Test func manyAtOnceMakeOneCampaign() async throws {
        let bench = try await CampaignBench()
        let body = #"{"template":"spring","category":"marketing","recipients":\#(CampaignBench.list(500))}"#
        let answers = try await withThrowingTaskGroup(of: GatewayBench.Answer.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await bench.call("POST", "/v1/campaigns", body, headers: [("Idempotency-Key", "a")])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let statuses = Set(answers.map(\.status))
        #expect(statuses.isSubset(of: [201, 409, 503]) && statuses.contains(201), "\(statuses)")
        #expect(Set(answers.filter { $0.status == 201 }.map(\.text)).count == 1)
        #expect(try await bench.call("GET", "/v1/campaigns")["items"]?.arrayValue?.count == 1)
    }

    @Test func aStartIsAnsweredAgainUnderItsKey() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        _ = try await bench.fill(id, CampaignBench.csv(1))
        let first = try await bench.call("POST", "/v1/campaigns/\(id)/start", headers: keyed("s"))
        let same = try await bench.call("POST", "/v1/campaigns/\(id)/start", headers: keyed("s"))
        #expect(first.status == 200 && same.status == 200 && same.text == first.text)
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start", headers: keyed("t")).status == 409)
    }
}
