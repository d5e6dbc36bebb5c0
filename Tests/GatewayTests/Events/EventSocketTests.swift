import Domain
import Jobs
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// `GET /v1/events`, as a stock WebSocket client sees it.
@Suite(.database) struct EventSocketTests {
    private func filled(_ bench: CampaignBench, from first: Int) async throws -> String {
        let id = try await bench.draft()
        _ = try await bench.fill(id, CampaignBench.csv(2, from: first))
        return id
    }

    @Test func severalCampaignsAreFollowedToTheirEnds() async throws {
        let bench = try await CampaignBench()
        let server = try EventServer(bench.gateway)
        let one = try await filled(bench, from: 0)
        let two = try await filled(bench, from: 10)
        let client = try server.client("?campaign=\(one)", key: bench.key)
        #expect(await client.line() == "open")
        let first = try await client.event("state")
        #expect(first["campaign"]?.stringValue == one && first["data"]?["state"]?.stringValue == "draft")
        #expect(first["id"]?.stringValue?.isEmpty == false)
        client.write(#"{"subscribe":["\#(two)"]}"#)
        #expect(try await client.event("state")["campaign"]?.stringValue == two)
        client.write("ping")
        #expect(await client.line() == "pong")
        try await bench.gateway.run {
            for id in [one, two] {
                _ = try await bench.call("POST", "/v1/campaigns/\(id)/start")
                _ = try await bench.finished(id)
            }
            var ended: Set<String> = []
            while ended.count < 2 {
                let end = try await client.event("end")
                #expect(end["data"]?["done"]?.intValue == 2)
                ended.insert(end["campaign"]?.stringValue ?? "")
            }
            #expect(ended == [one, two])
        }
        // One that is over is told once and not followed.
        client.write(#"{"subscribe":["\#(one)"]}"#)
        #expect(try await client.event("end")["campaign"]?.stringValue == one)
        client.write("close")
        #expect(await client.line() == "closed 1000")
        await client.end()
        await server.stop()
    }

    @Test func whatAKeyDoesNotReachIsNotThere() async throws {
        let bench = try await CampaignBench()
        let server = try EventServer(bench.gateway)
        let id = try await filled(bench, from: 0)
        let rival = try await bench.gateway.key([.campaignsRead, .messagesRead], of: bench.gateway.rival)
        let sender = try await bench.gateway.key([.sendMarketing])
        for (query, key, status) in [
            ("?campaign=\(id)", rival, 404), ("?campaign=99999", rival, 404), ("?campaign=x", rival, 404),
            ("?campaign=0\(id)", bench.key, 404), ("", sender, 403), ("", "hk_live_no", 401),
        ] {
            let client = try server.client(query, key: key)
            #expect(await client.line() == "refused \(status)", "\(query)")
            await client.end()
        }
        let client = try server.client(key: rival)
        #expect(await client.line() == "open")
        client.write(#"{"subscribe":["\#(id)","99999"]}"#)
        let seen = try await client.event("error")
        let unknown = try await client.event("error")
        #expect(
            seen["rule"]?.stringValue == "unknown_campaign"
                && seen["detail"]?.stringValue?.replacing(id, with: "99999") == unknown["detail"]?.stringValue)
        await client.end()
        await server.stop()
    }

    @Test(arguments: [
        "hello", "[]", "{}", #"{"subscribe":"1"}"#, #"{"subscribe":[1]}"#, #"{"follow":["1"]}"#,
        #"{"subscribe":["1"],"subscribe":["2"],"tenant":["rival"]}"#,
    ]) func whatCannotBeUnderstoodEndsIt(text: String) async throws {
        let bench = try await CampaignBench()
        let server = try EventServer(bench.gateway)
        let client = try server.client(key: bench.key)
        #expect(await client.line() == "open")
        client.write(text)
        #expect(try await client.event("error")["rule"]?.stringValue == "malformed")
        #expect(await client.line() == "closed 1008")
        await client.end()
        await server.stop()
    }

    @Test func aStoppingServerSaysSoAndAnEndedKeyIsPutOut() async throws {
        let bench = try await CampaignBench()
        let server = try EventServer(bench.gateway)
        let id = try await filled(bench, from: 0)
        let other = try await bench.gateway.key([.campaignsRead, .messagesRead])
        let ending = try server.client("?campaign=\(id)", key: other)
        #expect(await ending.line() == "open")
        _ = try await ending.event("state")
        let name = try #require(APIKeyID(String(other.split(separator: "_")[2])))
        _ = try await AccessStore(database: bench.database).revoke(
            name, audit: AuditOrigin(actor: "test", origin: "test"))
        bench.gateway.services.access.forget()
        ending.write(#"{"subscribe":["\#(id)"]}"#)
        #expect(await ending.line() == "closed 1008")
        await ending.end()
        let client = try server.client("?campaign=\(id)", key: bench.key)
        #expect(await client.line() == "open")
        _ = try await client.event("state")
        await server.stop()
        #expect(await client.line() == "closed 1001")
        await client.end()
    }

    @Test func withoutAnUpgradeItSaysWhatItIs() async throws {
        let bench = try await CampaignBench()
        let answer = try await bench.call("GET", "/v1/events")
        #expect(answer.status == 426 && answer.header("upgrade") == "websocket")
        let many = (1...101).map(String.init).joined(separator: ",")
        #expect(try await bench.call("GET", "/v1/events?campaign=\(many)").status == 422)
    }
}
