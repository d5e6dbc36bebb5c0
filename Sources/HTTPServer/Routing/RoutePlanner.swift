/// Answers requests by routes: the function of the route that matches, or a refusal as RFC 9457 has it.
package struct RoutePlanner: Sendable {
    package typealias Failure = @Sendable (any Error, HTTPRequest) -> HTTPResponse

    private let router: Router
    private let failure: Failure

    /// `failure` makes an answer of what a handler throws; bodies that can't be read are answered here.
    package init(_ router: Router, failure: @escaping Failure = { _, _ in Self.broken }) {
        self.router = router
        self.failure = failure
    }

    package func plan(_ request: HTTPRequest) -> RequestPlan {
        switch router.match(request.method, request.rawPath) {
        case .found(let route, let parameters):
            if let refusal = Self.unknownCoding(request) {
                return RequestPlan(label: route.pattern, operation: route.operationID, .refuse(refusal))
            }
            return RequestPlan(
                label: route.pattern, operation: route.operationID,
                .handle(route.body) { request in
                    .prompt { await answer(route, request, parameters) }
                })
        case .wrongMethod(let pattern, let allow):
            let allowed = (name: "Allow", value: allow)
            if request.method == "OPTIONS" {
                return RequestPlan(label: pattern, .refuse(HTTPResponse(status: 204, headers: [allowed])))
            }
            var refusal = HTTPResponse.problem(
                405, "The method isn't allowed here.", "This address takes \(allow).")
            refusal.headers.append(allowed)
            return RequestPlan(label: pattern, .refuse(refusal))
        case .notFound:
            return RequestPlan(
                label: "-", .refuse(.problem(404, "There is nothing here.", "The address is not one of this API's.")))
        case .malformed:
            return RequestPlan(
                label: "-", .refuse(.problem(400, "The path is malformed.", "Encode each segment once, as UTF-8.")))
        }
    }

    private func answer(_ route: Route, _ request: HTTPRequest, _ parameters: PathParameters) async -> HTTPResponse {
        do {
            return try await route.handler(request, parameters).packed(for: request.headers)
        } catch let fault as BodyFault {
            return fault.response
        } catch let fault as MultipartFault {
            return fault.response
        } catch {
            return failure(error, request)
        }
    }

    private static func unknownCoding(_ request: HTTPRequest) -> HTTPResponse? {
        guard let coding = request.headers["content-encoding"]?.lowercased(),
            !["gzip", "x-gzip", "identity"].contains(coding)
        else { return nil }
        var refusal = HTTPResponse.problem(415, "The content coding is not known.", "Send the body plain or as gzip.")
        refusal.headers.append(("Accept-Encoding", "gzip"))
        return refusal
    }

    package static let broken = HTTPResponse.problem(
        500, "Something went wrong here.", "It has been logged. Try again, and give the X-Request-Id if it goes on.")
}
