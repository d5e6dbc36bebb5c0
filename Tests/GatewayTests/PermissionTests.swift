import Domain
import HTTPServer
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// Who may ask what.
@Suite(.database) struct PermissionTests {
    @Test(arguments: [nil, "", "Bearer", "Bearer nonsense", "Basic aGk6aG8=", "Bearer hk_live_abc_def"])
    func withoutAValidKeyNothingIsSaid(header: String?) async throws {
        let bench = try await GatewayBench()
        let headers = header.map { [(name: "Authorization", value: $0)] } ?? []
        for target in ["/v1/messages/1", "/v1/messages?reference=x"] {
            let answer = try await bench.call("GET", target, headers: headers)
            #expect(answer.status == 401 && answer.header("www-authenticate") != nil)
        }
    }

    /// A key that comes in the clear has been read by others already.
    @Test func whatComesInTheClearIsRefused() async throws {
        let bench = try await GatewayBench()
        for (path, status) in [("/v1/messages", 403), ("/openapi.json", 403), ("/livez", nil)] as [(String, Int?)] {
            let plan = bench.plan(HTTPRequest(method: "GET", rawPath: path))
            var refused: Int?
            if case .refuse(let response) = plan.course { refused = response.status }
            #expect(refused == status, "\(path)")
        }
    }

    /// Another tenant's message is as if it did not exist, whatever the key may do; so is another source's for a key
    /// that may only send.
    @Test func nobodySeesAnotherTenantsMessages() async throws {
        let bench = try await GatewayBench()
        let own = try await bench.key([.sendTransactional])
        let rival = try await bench.key([.sendTransactional, .messagesRead, .admin], of: bench.rival)
        let parties = PartyStore(database: bench.database, keys: bench.keys)
        try await parties.addSource(tenant: bench.acme.tenant.id, name: "other")
        let other = try #require(try await parties.sources(tenant: bench.acme.tenant.id).first { $0.name == "other" })
        let neighbour = try await bench.key([.sendTransactional], of: (bench.acme.tenant, other))
        let reader = try await bench.key([.messagesRead], of: (bench.acme.tenant, other))
        try await bench.run {
            let due = (Timestamp.now + .seconds(3600)).description
            let answer = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional","reference":"r","send_at":"\#(due)"}"#,
                key: own)
            let id = try #require(answer.ids.first)
            let unknown = try await bench.call("GET", "/v1/messages/99999999999", key: rival)
            for key in [rival, neighbour] {
                let seen = try await bench.call("GET", "/v1/messages/\(id)", key: key)
                #expect(seen.status == 404 && seen.text == unknown.text.replacing("99999999999", with: id))
                #expect(try await bench.call("POST", "/v1/messages/\(id)/cancel", key: key).status == 404)
                let list = try await bench.call("GET", "/v1/messages?reference=r", key: key)
                #expect(list.status == 200 && list["items"]?.arrayValue?.isEmpty == true)
            }
            #expect(try await bench.call("GET", "/v1/messages/\(id)", key: reader).status == 200)
            #expect(try await bench.call("POST", "/v1/messages/\(id)/cancel", key: reader).status == 403)
        }
    }

    @Test func aRefusalIsWrittenDown() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP])
        let answer = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"marketing"}"#,
            key: key)
        #expect(answer.status == 403 && answer["rule"]?.stringValue == "scope")
        let entries = try await AuditStore(database: bench.database).entries(tenant: bench.acme.tenant.id)
        #expect(entries.contains { $0.action == "access.refuse" && $0.subject == "sendMessages" })
    }
}
