import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// A campaign's way through the API, from the draft to the results.
@Suite(.database) struct CampaignTests {
    @Test func aDraftIsFilledStartedAndSent() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft(#"{"name":"May","template":"spring","category":"marketing","priority":"low"}"#)
        let filled = try await bench.fill(id, CampaignBench.csv(3) + "12,Bob\n+6591000001,Twice\n")
        #expect(filled.status == 200, "\(filled.text)")
        #expect(filled["state"]?.stringValue == "draft" && filled["accepted"]?.intValue == 3)
        #expect(filled["rejected"]?.intValue == 1 && filled["duplicates"]?.intValue == 1)
        try await bench.gateway.run {
            let started = try await bench.call("POST", "/v1/campaigns/\(id)/start")
            #expect(started.status == 200 && started["state"]?.stringValue == "running", "\(started.text)")
            let end = try await bench.finished(id)
            #expect(end["state"]?.stringValue == "finished" && end["done"]?.intValue == 3)
            #expect(end["states"]?["sent"]?.intValue == 3 && end["name"]?.stringValue == "May")
            #expect(end["reading"]?["format"]?.stringValue == "CSV" && end["priority"]?.stringValue == "low")
        }
        let results = try await bench.call("GET", "/v1/campaigns/\(id)/results.csv")
        #expect(results.text.split(separator: "\r\n").count == 4 && results.text.contains("+6591000002"))
        #expect(results.header("content-type")?.hasPrefix("text/csv") == true)
        let rejects = try await bench.call("GET", "/v1/campaigns/\(id)/rejects.csv")
        #expect(
            rejects.text.contains("12,Bob")
                && rejects.header("content-disposition")?.contains("rejects-\(id).csv") == true)
        let actions = try await AuditStore(database: bench.database).entries(tenant: bench.gateway.acme.tenant.id)
            .filter { $0.subject == id }.map(\.action).reversed()
        #expect(
            Array(actions) == [
                "campaign.create", "campaign.fill", "campaign.start", "campaign.export", "campaign.export",
            ])
    }

    @Test(arguments: [
        #"{"template":"spring","category":"marketing","recipients":LIST}"#,
        #"{"recipients":LIST,"category":"marketing","template":{"name":"spring","version":1}}"#,
        #"{"template":"spring","recipients" : LIST,"name":"x","category":"marketing","expires_in":3600}"#,
    ]) func recipientsInTheBodyAreTakenWhereverTheyStand(form: String) async throws {
        let bench = try await CampaignBench()
        let body = form.replacing("LIST", with: CampaignBench.list(5000))
        let made = try await bench.call("POST", "/v1/campaigns", body)
        #expect(made.status == 201 && made["accepted"]?.intValue == 5000, "\(made.text)")
        #expect(made["state"]?.stringValue == "running")
        let id = try #require(made["id"]?.stringValue)
        #expect(made.header("location") == "/v1/campaigns/\(id)")
        try await bench.gateway.run { () async throws -> Void in
            #expect(try await bench.finished(id)["states"]?["sent"]?.intValue == 5000)
        }
    }

    @Test func recipientsInTheBodyMayWaitForTheirStart() async throws {
        let bench = try await CampaignBench()
        let made = try await bench.call(
            "POST", "/v1/campaigns",
            #"{"template":"spring","category":"marketing","start":false,"recipients":\#(CampaignBench.list(2))}"#)
        #expect(made["state"]?.stringValue == "draft" && made["accepted"]?.intValue == 2, "\(made.text)")
        let id = try #require(made["id"]?.stringValue)
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start")["state"]?.stringValue == "running")
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").status == 409)
    }

    @Test func whatIsToBeSentLaterIsScheduled() async throws {
        let bench = try await CampaignBench()
        let due = (Timestamp.now + .seconds(7200)).description
        let id = try await bench.draft(
            #"{"template":"spring","category":"marketing","start":true,"send_at":"\#(due)","expires_in":600}"#)
        let filled = try await bench.fill(id, CampaignBench.csv(1))
        #expect(filled["state"]?.stringValue == "scheduled" && filled["send_at"]?.stringValue == due, "\(filled.text)")
        let campaign = try #require(try await bench.store.campaign(Int64(id) ?? 0))
        #expect(campaign.expiresAt - campaign.dueAt == .seconds(600) && campaign.settings == nil)
    }

    /// What says how to read them comes in two parts: nothing is taken in rather than read in another way.
    @Test func aFormThatStandsOnBothSidesOfItsRecipientsIsRefused() async throws {
        let bench = try await CampaignBench()
        let before = try await bench.stored()
        let answer = try await bench.call(
            "POST", "/v1/campaigns",
            #"{"template":"spring","category":"marketing","recipients":\#(CampaignBench.list(2)),"dedupe":"none"}"#)
        #expect(answer.status == 422 && answer.rule == "order", "\(answer.text)")
        #expect(try await bench.stored() == before)
    }

    @Test(
        arguments: [
            ("{}", 422, "required"), ("[]", 422, "object"), ("{\"template\":", 400, nil),
            (#"{"template":"nope","category":"marketing"}"#, 422, "unknown_template"),
            (#"{"template":"herald.sms","category":"marketing"}"#, 422, "unknown_template"),
            (#"{"template":"spring","category":"marketing","tenant":"rival"}"#, 422, "unknown"),
            (#"{"template":"spring","category":"marketing","test":true}"#, 422, "unknown"),
            (#"{"template":"spring","category":"marketing","recipients":[]}"#, 422, "no_recipients"),
            (#"{"template":"spring","category":"marketing","recipients":["+6591234567"]}"#, 422, "type"),
            (#"{"template":"spring","category":"marketing","recipients":{"phone":"+6591234567"}}"#, 422, "type"),
            (
                #"{"template":"spring","category":"marketing","recipients":[{"phone":"+6591234567","name":"A"}"#, 400,
                nil
            ),
            (#"{"template":"spring","category":"marketing","recipients":[{"mail":"x","name":"A"}]}"#, 422, "no_column"),
            (
                #"{"template":"spring","category":"marketing","recipients":[{"phone":"+6591234567"}]}"#, 422,
                "template_needs"
            ),
            (#"{"template":"spring","category":"marketing","recipients":[{}],"recipients":[{}]}"#, 422, "repeated"),
            (
                #"{"template":"spring","category":"otp","recipients":[{"phone":"+6591234567","name":"A"}]}"#, 403,
                "scope"
            ),
        ] as [(String, Int, String?)]) func whatIsWrongIsNamedAndLeavesNothing(body: String, status: Int, rule: String?)
        async throws
    {
        let bench = try await CampaignBench()
        let before = try await bench.stored()
        let answer = try await bench.call("POST", "/v1/campaigns", body)
        #expect(answer.status == status && answer.rule == rule, "\(answer.text)")
        #expect(try await bench.stored() == before)
    }

    @Test func aFileThatCantBeReadLeavesTheDraftAsItWas() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        #expect(try await bench.fill(id, "phone,name\n").status == 422)
        #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").rule == "no_recipients")
        #expect(try await bench.fill(id, CampaignBench.csv(3000)).status == 200)
        let whole = try await bench.stored()
        #expect(try await bench.fill(id, "phone\n+6591234567\n").rule == "template_needs")
        #expect(try await bench.stored() == whole)
        // Others take their place, as a whole.
        let other = try await bench.fill(id, CampaignBench.csv(1, from: 7))
        #expect(other["accepted"]?.intValue == 1, "\(other.text)")
        try await bench.gateway.run { () async throws -> Void in
            #expect(try await bench.call("POST", "/v1/campaigns/\(id)/start").status == 200)
            #expect(try await bench.finished(id)["states"]?["sent"]?.intValue == 1)
        }
        #expect(try await bench.call("GET", "/v1/campaigns/\(id)/results.csv").text.contains("+6591000007"))
        let late = try await bench.fill(id, CampaignBench.csv(1))
        #expect(late.status == 409 && late.rule == "state")
    }

    @Test func theSameRecipientsTwiceInADayMustBeWanted() async throws {
        let bench = try await CampaignBench()
        let form = #"{"template":"spring","category":"marketing","recipients":\#(CampaignBench.list(2))"#
        #expect(try await bench.call("POST", "/v1/campaigns", form + "}").status == 201)
        let again = try await bench.call("POST", "/v1/campaigns", form + "}")
        #expect(again.status == 409 && again.rule == "already_sent")
        #expect(try await bench.call("POST", "/v1/campaigns", form + #","again":true}"#).status == 201)
    }

    @Test func aReviewTellsEverythingAndStoresNothing() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        let before = try await bench.stored()
        let review = try await bench.call(
            "POST", "/v1/campaigns/\(id)/check", CampaignBench.csv(4) + "12,Bob\n+6591000001,Twice\n")
        #expect(review.status == 200, "\(review.text)")
        #expect(review["rows"]?.intValue == 6 && review["accepted"]?.intValue == 4 && review["rejected"]?.intValue == 1)
        #expect(review["duplicates"]?.intValue == 1 && review["has_route"]?.boolValue == true)
        #expect(review["columns"]?.arrayValue?.first?["role"]?.stringValue == "address")
        let preview = try #require(review["preview"]?.arrayValue?.first)
        #expect(preview["text"]?.stringValue == "Hi Ann" && preview["to"]?.stringValue == "+659•••000")
        #expect(try await bench.stored() == before)
    }

    @Test func onlyEmptyOldDraftsAreDropped() async throws {
        let bench = try await CampaignBench()
        let empty = try await bench.draft()
        let filled = try await bench.draft()
        _ = try await bench.fill(filled, CampaignBench.csv(1))
        #expect(try await bench.store.dropEmptyDrafts(olderThan: .seconds(86_400)) == 0)
        #expect(try await bench.store.dropEmptyDrafts(olderThan: .zero) == 1)
        #expect(try await bench.call("GET", "/v1/campaigns/\(empty)").status == 404)
        #expect(try await bench.state(filled) == .draft)
    }
}
