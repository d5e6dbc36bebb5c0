import Domain
import HTTPServer
import Jobs
import Storage

/// Makes routes that ask for a key. Everything under `/v1` but the callbacks is one of these.
package struct SecuredRoutes: Sendable {
    package typealias Handler = @Sendable (APICall) async throws -> HTTPResponse

    private let services: GatewayServices

    package init(services: GatewayServices) { self.services = services }

    /// `scope`: what the key must be allowed; nil where the handler decides.
    package func route(
        _ method: HTTPMethod, _ pattern: String, _ operation: String, scope: Scope? = nil, body: BodyRule = .none,
        handler: @escaping Handler
    ) -> Route {
        let services = services
        return Route(method, pattern, operationID: operation, body: body) { request, path in
            let caller = try await Self.caller(of: request, services)
            do {
                if let scope { try caller.require(scope) }
                var response = try await handler(
                    APICall(caller: caller, request: request, path: path, services: services))
                response.tell(caller)
                return response
            } catch {
                if let refusal = error as? AccessRefusal {
                    await services.note(refusal, caller: caller, request: request, operation: operation)
                }
                var response = Failure.response(to: error, services)
                response.tell(caller)
                return response
            }
        }
    }

    /// Whether the key of a call that goes on still may: keys end and lose scopes. A database that is away ends nothing.
    func holds(_ call: APICall, _ scope: Scope) async -> Bool {
        do {
            return try await Self.caller(of: call.request, services).scopes.contains(scope)
        } catch let problem as Problem {
            return problem.kind != .unauthorized
        } catch {
            return true
        }
    }

    static func caller(of request: HTTPRequest, _ services: GatewayServices) async throws -> Caller {
        guard let header = request.headers["authorization"] else {
            throw Problem(
                .unauthorized, "Send the header “Authorization: Bearer hk_live_…”. `herald key add` makes a key.")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem(.unauthorized, "The Authorization header must be “Bearer” and a key.")
        }
        let key = Array(parts[1].utf8)
        let address = IPAddress(request.client.description) ?? IPAddress(high: 0, low: 0)
        let verdict: AccessVerdict
        if let quick = services.access.quickCheck(key, from: address) {
            verdict = quick
        } else {
            verdict = try await services.access.check(key, from: address)
        }
        switch verdict {
        case .caller(let caller): return caller
        case .refused(let fault): throw Problem(.unauthorized, fault.text)
        case .slowed(let wait):
            throw Problem(.rateLimited, "Too many wrong keys came from this address.", retryAfter: wait)
        }
    }
}

extension HTTPResponse {
    /// For the access log.
    mutating func tell(_ caller: Caller) {
        self.caller = caller.shownKey
        tenant = caller.tenantName
    }
}
