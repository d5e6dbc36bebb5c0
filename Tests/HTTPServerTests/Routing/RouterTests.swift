import Testing

@testable import HTTPServer

@Suite struct RouterTests {
    private static func route(_ method: HTTPMethod, _ pattern: String) -> Route {
        Route(method, pattern, operationID: "\(method)\(pattern)") { _, _ in HTTPResponse(status: 200) }
    }

    private static let router = Router([
        route(.get, "/"), route(.get, "/v1/messages"), route(.post, "/v1/messages"),
        route(.get, "/v1/messages/{id}"), route(.post, "/v1/messages/{id}/cancel"), route(.get, "/v1/messages/stats"),
        route(.get, "/v1/{kind}/{id}/x"), route(.delete, "/v1/messages/{message}"),
        route(.get, "/v1/campaigns/{id}/rejects.csv"),
    ])

    private static func found(_ method: String, _ path: String) -> (String, PathParameters)? {
        guard case .found(let route, let parameters) = router.match(method, path) else { return nil }
        return (route.pattern, parameters)
    }

    @Test(arguments: [
        ("GET", "/", "/"), ("GET", "/v1/messages", "/v1/messages"), ("GET", "/v1/messages/", "/v1/messages"),
        ("GET", "/v1/messages/7", "/v1/messages/{id}"), ("HEAD", "/v1/messages/7", "/v1/messages/{id}"),
        ("GET", "/v1/messages/stats", "/v1/messages/stats"), ("GET", "/v1/%6Dessages", "/v1/messages"),
        ("POST", "/v1/messages/7/cancel", "/v1/messages/{id}/cancel"),
        // The literal leads nowhere, so the parameter is tried.
        ("GET", "/v1/messages/7/x", "/v1/{kind}/{id}/x"),
        ("GET", "/v1/campaigns/1/rejects.csv", "/v1/campaigns/{id}/rejects.csv"),
    ]) func finds(method: String, path: String, pattern: String) {
        #expect(Self.found(method, path)?.0 == pattern)
    }

    @Test(arguments: [
        ("7", "7"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%BC", "ü"), ("a%2Fb", "a/b"), ("%2541", "%41"),
        ("..a", "..a"),
    ]) func parametersAreDecodedOnce(segment: String, value: String) {
        #expect(Self.found("GET", "/v1/messages/\(segment)")?.1["id"] == value)
    }

    @Test func aMethodNamesItsOwnParameters() {
        #expect(Self.found("DELETE", "/v1/messages/7")?.1["message"] == "7")
        #expect(Self.found("DELETE", "/v1/messages/7")?.1["id"] == nil)
    }

    @Test(arguments: [
        "/v2", "/v1", "//", "/v1//messages", "/v1/messages//", "//v1/messages", "/v1/messages/7/8", "*", "",
        "v1/messages",
        "/V1/messages",
    ]) func unknownPaths(path: String) {
        guard case .notFound = Self.router.match("GET", path) else {
            Issue.record("\(path) was found")
            return
        }
    }

    @Test(arguments: [
        "/v1/messages/%", "/v1/messages/%zz", "/v1/messages/%4", "/v1/messages/%00", "/v1/messages/%ff",
        "/v1/messages/%C0%AF", "/v1/messages/..", "/v1/messages/%2e%2E", "/v1/./messages", "/v1/messages/%ED%A0%80",
    ]) func malformedPaths(path: String) {
        guard case .malformed = Self.router.match("GET", path) else {
            Issue.record("\(path) was taken")
            return
        }
    }

    @Test func wrongMethodSaysWhichAreRight() {
        guard case .wrongMethod(_, let allow) = Self.router.match("PUT", "/v1/messages/7") else {
            Issue.record("found")
            return
        }
        #expect(allow == "DELETE, GET, HEAD, OPTIONS")
        guard case .wrongMethod(_, let posts) = Self.router.match("GET", "/v1/messages/7/cancel") else {
            Issue.record("found")
            return
        }
        #expect(posts == "OPTIONS, POST")
    }

    /// Each of a hundred routes with three literals is found, and none of them by another's path.
    @Test func aHundredRoutes() {
        let routes = (0..<100).map { Self.route(.get, "/v1/area\($0 / 10)/{id}/part\($0 % 10)") }
        let router = Router(routes)
        for number in 0..<100 {
            guard
                case .found(let route, let parameters) = router.match(
                    "GET", "/v1/area\(number / 10)/x/part\(number % 10)")
            else {
                Issue.record("\(number) is not found")
                continue
            }
            #expect(route.operationID == routes[number].operationID)
            #expect(parameters["id"] == "x")
        }
        #expect(router.routes.count == 100)
    }
}
