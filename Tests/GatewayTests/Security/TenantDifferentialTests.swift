import Domain
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// Two tenants over every operation of the document: what is another tenant's is answered as what is nobody's, and
/// nothing of it changes.
@Suite(.database) struct TenantDifferentialTests {
    @Test func everyOperationIsLookedAt() throws {
        let operations = try TwoTenants.operations()
        let described = Set(operations.map(\.id))
        let covered = Set(RouteProbes.all.keys).union(RouteProbes.open)
        #expect(described.subtracting(covered) == [], "operations without probes: add them to RouteProbes")
        #expect(covered.subtracting(described) == [], "probes of no operation")
        for (id, operation) in operations where !RouteProbes.open.contains(id) {
            let places = operation.path.split(separator: "/").enumerated().filter { $0.element.hasPrefix("{") }
            for (place, name) in places {
                let isNamed = (RouteProbes.all[id] ?? []).contains {
                    let parts = $0.target.split(separator: "?")[0].split(separator: "/")
                    return parts.count > place && parts[place].contains("@")
                }
                #expect(isNamed, "\(id): no probe names another tenant's \(name)")
            }
            let isList = operation.method == "GET" && places.isEmpty
            let isSeen =
                RouteProbes.lists.contains { $0.split(separator: "?")[0] == operation.path[...] }
                || RouteProbes.all[id]?.isEmpty == false
            #expect(!isList || isSeen, "\(id): the list is not looked through")
        }
    }

    @Test func whatIsAnotherTenantsIsAnsweredAsWhatIsNobodys() async throws {
        let bench = try await TwoTenants()
        let before = try await bench.image()
        #expect(before.tables.count > 20)
        for (id, operation) in try TwoTenants.operations() {
            for probe in RouteProbes.all[id] ?? [] {
                let theirs = try await bench.ask(operation.method, probe, of: bench.theirs)
                let nobodys = try await bench.ask(operation.method, probe, of: .nobodys)
                #expect(theirs.status == probe.status, "\(id) \(probe.target): \(theirs.text)")
                #expect(theirs.status == nobodys.status, "\(id) \(probe.target)")
                #expect(
                    bench.theirs.neutral(Self.timeless(theirs.text))
                        == Estate.nobodys.neutral(Self.timeless(nobodys.text)), "\(id) \(probe.target)")
                #expect(theirs.headers.keys.sorted() == nobodys.headers.keys.sorted(), "\(id) \(probe.target)")
                let after = try await bench.image()
                #expect(after == before, "\(id) \(probe.target) changed \(after.differences(from: before))")
            }
        }
    }

    /// Without the moment at which a document was made.
    private static func timeless(_ text: String) -> String {
        text.replacing(/"made_at":"[^"]*"/, with: "")
    }

    @Test func noListShowsAnythingOfAnotherTenant() async throws {
        let bench = try await TwoTenants()
        for target in RouteProbes.lists {
            let answer = try await bench.gateway.call("GET", target, key: bench.key)
            #expect(answer.status == 200, "\(target): \(answer.text)")
            #expect(!answer.text.contains("rivalmark"), "\(target)")
            // The same would show what is there: each list has something of the asker's own.
            let isCount = target.contains("counts") || target.contains("/reports/")
            #expect(answer.text.contains("ownmark") || isCount, "\(target) shows nothing: \(answer.text)")
        }
        let counts = try await bench.gateway.call("GET", "/v1/suppressions/counts", key: bench.key)
        #expect(
            counts["items"]?.arrayValue?.filter { $0["reason"]?.stringValue == "complaint" }
                .compactMap { $0["count"]?.intValue } == [1])
        let usage = try await bench.gateway.call("GET", "/v1/reports/usage?group_by=campaign", key: bench.key)
        #expect(usage["items"]?.arrayValue?.count == 1, "\(usage.text)")
    }

    /// The tenant is the key's, whatever a request says.
    @Test func aTenantThatIsNamedHasNoEffect() async throws {
        let bench = try await TwoTenants()
        let before = try await bench.image()
        let rival = String(bench.gateway.rival.tenant.id)
        let headers = ["X-Tenant", "X-Tenant-Id", "Tenant", "Herald-Tenant", "X-Forwarded-User"].map {
            (name: $0, value: "rival")
        }
        for (id, operation) in try TwoTenants.operations() where operation.method == "GET" {
            for probe in RouteProbes.all[id] ?? [] {
                let plain = try await bench.ask("GET", probe, of: bench.theirs)
                let named = try await bench.ask(
                    "GET", probe, of: bench.theirs, headers: headers, query: "tenant=rival&tenant_id=\(rival)")
                #expect(plain.status == named.status && plain.text == named.text, "\(id)")
            }
        }
        for target in RouteProbes.lists {
            let query = "\(target.contains("?") ? "&" : "?")tenant=rival&tenant_id=\(rival)"
            let named = try await bench.gateway.call("GET", target + query, key: bench.key, headers: headers)
            #expect(!named.text.contains("rivalmark"), "\(target)")
        }
        // In a body it is a field that nobody asked for.
        let document = try APIDocument.parsed()
        var count = 0
        for (id, operation) in try TwoTenants.operations() where !RouteProbes.open.contains(id) {
            guard operation.json["requestBody"]?["content"]?["application/json"] != nil else { continue }
            count += 1
            let path = TwoTenants.ownPath(operation.path)
            let answer = try await bench.ask(
                operation.method, RouteProbes.Probe(path, #"{"tenant":"rival","tenant_id":\#(rival)}"#), of: bench.own)
            let fields = (answer["errors"]?.arrayValue ?? []).compactMap { $0["field"]?.stringValue }
            #expect(answer.status == 422 && fields.contains("/tenant"), "\(id): \(answer.status) \(answer.text)")
        }
        #expect(count > 15 && document["openapi"] != nil)
        let after = try await bench.image()
        #expect(after == before, "\(after.differences(from: before))")
    }

    /// Every operation needs a key, and of all scopes exactly the one that the document names.
    @Test func everyOperationAsksForItsScope() async throws {
        let bench = try await TwoTenants()
        var keys: [Scope: String] = [:]
        for (id, operation) in try TwoTenants.operations() where !RouteProbes.open.contains(id) {
            let target = bench.own.filled(TwoTenants.ownPath(operation.path))
            let nobody = try await bench.gateway.call(operation.method, target, "{}")
            #expect(nobody.status == 401 && nobody.header("www-authenticate") != nil, "\(id)")
            let word = operation.json["x-scope"]?.stringValue ?? ""
            guard let scope = word.split(separator: ",").first.flatMap({ Scope(rawValue: String($0)) }) else {
                // Those of messages take any scope that sends, and of reading besides.
                #expect(word.contains("send:"), "\(id) names no scope: \(word)")
                continue
            }
            if keys[scope] == nil {
                keys[scope] = try await bench.gateway.key(
                    Scope.allCases.filter { !ScopeSet([$0]).contains(scope) })
            }
            let refused = try await bench.gateway.call(operation.method, target, "{}", key: keys[scope])
            if scope == .messagesRead { continue }
            #expect(refused.status == 403 && refused["rule"]?.stringValue == "scope", "\(id): \(refused.text)")
            #expect(refused["detail"]?.stringValue?.contains(scope.rawValue) == true, "\(id): \(refused.text)")
        }
        #expect(keys.count > 15)
    }

    @Test func messagesNeedALeaveToSendOrToRead() async throws {
        let bench = try await TwoTenants()
        let manager = try await bench.gateway.key([.admin])
        let nothing = try await bench.gateway.key([.campaignsWrite, .templatesWrite, .keysWrite])
        let body = #"{"to":"+6591234567","template":"ownmark-template","data":{"name":"A"},"category":"transactional"}"#
        for key in [manager, nothing] {
            let sent = try await bench.gateway.call("POST", "/v1/messages", body, key: key)
            #expect(sent.status == 403 && sent.rule == "scope")
        }
        for target in ["/v1/messages?reference=x", "/v1/messages/\(bench.own[.message])"] {
            let refused = try await bench.gateway.call("GET", target, key: nothing)
            #expect(refused.status == 403 && refused.rule == "scope", "\(target)")
        }
        for key in [manager, nothing] {
            let target = "/v1/messages/\(bench.own[.message])/cancel"
            #expect(try await bench.gateway.call("POST", target, key: key).status == 403)
        }
        // Looking after campaigns starts none.
        let target = "/v1/campaigns/\(bench.own[.campaign])"
        for step in ["start", "resume", "resend-failed"] {
            let refused = try await bench.gateway.call("POST", "\(target)/\(step)", key: nothing)
            #expect(refused.status == 403 && refused.rule == "scope", "\(step)")
        }
    }
}
