import Domain
import HTTPServer
import Jobs
import Storage

/// A request of somebody whose key is right. The tenant is the key's; nothing in the request can name another.
package struct APICall: Sendable {
    package let caller: Caller
    package let request: HTTPRequest
    package let path: PathParameters
    package let services: GatewayServices

    package var now: Timestamp { services.now() }

    package func body() async throws -> [UInt8] { try await request.content.bytes() }

    /// The tenant's key, for addresses and content.
    package func tenantKey() async throws -> TenantKey {
        if let known = services.keys.known(caller.tenant) { return known }
        return try await services.parties.key(of: caller.tenant)
    }

    /// A number in the path; what is none names nothing.
    package func number(_ name: String) throws(Problem) -> Int64 {
        guard let text = path[name], let number = Int64(text), number > 0, String(number) == text else {
            throw Problem(.notFound, "There is no such \(name).")
        }
        return number
    }
}

/// Makes routes that ask for a key. Everything under `/v1` but the callbacks is one of these.
package struct SecuredRoutes: Sendable {
    package typealias Handler = @Sendable (APICall) async throws -> HTTPResponse

    let services: GatewayServices

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
    fileprivate mutating func tell(_ caller: Caller) {
        self.caller = caller.shownKey
        tenant = caller.tenantName
    }
}

/// Answers to what handlers throw.
package enum Failure {
    package static func response(to error: any Error, _ services: GatewayServices) -> HTTPResponse {
        // A server that can't write its log any more ends, and is away until there is room.
        var cause = error
        if case StorageError.connectionLost = error, services.diskIsFull() { cause = StorageError.diskFull }
        let problem = problem(of: cause)
        services.metrics.refused(problem)
        return problem.response
    }

    static func problem(of error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let fault as BodyFault: Problem(fault)
        case let fault as MultipartFault: Problem(fault)
        case let refusal as AccessRefusal: Problem(.forbidden, refusal.text + ".", rule: refusal.rule)
        case AcceptQueue.Refusal.isFull:
            Problem(.overloaded, "Nothing of this request was taken in.", retryAfter: .seconds(2))
        case AcceptQueue.Refusal.isClosed:
            Problem(.unavailable, "Herald is stopping; nothing of this request was taken in.", retryAfter: .seconds(2))
        case StorageError.diskFull:
            Problem(
                .storageFull, "Nothing of this request was taken in. It works again once there is space.",
                retryAfter: .seconds(30))
        case StorageError.rejected(state: "HR006", let message): Problem(.wrongState, message, rule: "approval")
        case let error as StorageError where error.mayPass:
            Problem(
                .unavailable,
                "The database does not answer. Send the request again, under the same Idempotency-Key if it has one.",
                retryAfter: .seconds(1))
        default:
            Problem(.broken, "It has been logged. Try again, and give the X-Request-Id if it goes on.")
        }
    }
}
