import Domain
import HTTPServer
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// What the document says is what there is.
@Suite(.database) struct DocumentTests {
    @Test func everyRouteIsDescribedAndEveryDescriptionIsARoute() async throws {
        let bench = try await GatewayBench()
        let document = try APIDocument.parsed()
        let described = Set(
            APIDocument.operations(document).map {
                "\($0.method) \($0.path) \($0.json["operationId"]?.stringValue ?? "")"
            })
        let routes = Set(bench.router.routes.map { "\($0.method.rawValue) \($0.pattern) \($0.operationID)" })
        #expect(routes.subtracting(described) == [], "routes that are not described")
        #expect(described.subtracting(routes) == [], "descriptions of no route")
    }

    /// Who has no key hears 401; who has one without the scope that the document names, 403 with the rule.
    @Test func theScopeThatIsDescribedIsAskedFor() async throws {
        let bench = try await GatewayBench()
        let keys = [Scope.webhooksRead: try await bench.key([.auditRead])]
        let other = try await bench.key([.webhooksRead])
        var count = 0
        for operation in APIDocument.operations(try APIDocument.parsed()) {
            guard let word = operation.json["x-scope"]?.stringValue, let scope = Scope(rawValue: word) else { continue }
            count += 1
            let target = operation.path.replacing("{name}", with: "code").replacing("{id}", with: "1")
            #expect(try await bench.call(operation.method, target, "{}").status == 401, "\(target)")
            let refused = try await bench.call(operation.method, target, "{}", key: keys[scope] ?? other)
            #expect(refused.status == 403 && refused.rule == "scope", "\(operation.method) \(target)")
        }
        #expect(count > 30)
    }

    @Test func everyReferenceLeadsSomewhereAndEveryTagIsExplained() throws {
        let document = try APIDocument.parsed()
        var missing: [String] = []
        func walk(_ json: JSON) {
            if let reference = json["$ref"]?.stringValue, APIDocument.resolved(json, in: document)["$ref"] != nil {
                missing.append(reference)
            }
            for value in json.objectValue?.values ?? json.arrayValue ?? [] { walk(value) }
        }
        walk(document)
        #expect(missing == [])
        let tags = Set((document["tags"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        for operation in APIDocument.operations(document) {
            #expect(operation.json["tags"]?.arrayValue?.first.map { tags.contains($0.stringValue ?? "") } == true)
        }
    }

    @Test func thePageNamesEveryOperationAndEveryProblemAndLoadsNothing() async throws {
        let bench = try await GatewayBench()
        let page = try await bench.call("GET", "/docs")
        #expect(page.status == 200)
        for operation in APIDocument.operations(try APIDocument.parsed()) {
            #expect(page.text.contains("<code>\(operation.path)</code>"), "\(operation.path)")
        }
        for kind in Problem.Kind.allCases { #expect(page.text.contains("id=\"\(kind.rawValue)\"")) }
        for word in ["<script", "<link", "<img", "http://", "@import", "url("] { #expect(!page.text.contains(word)) }
        let policy = try #require(page.header("content-security-policy"))
        #expect(policy.contains("default-src 'none'") && policy.contains(DocsStyle.digest))
        #expect(try await bench.call("GET", "/openapi.json").json["openapi"]?.stringValue == "3.1.0")
    }
}
