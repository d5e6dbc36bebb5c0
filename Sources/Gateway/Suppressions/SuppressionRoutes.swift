import Domain
import HTTPServer
import Storage

/// `/v1/suppressions`: who must not be sent to. Addresses are kept as keyed hashes, so they can be asked for, counted
/// and lifted, but not listed.
enum SuppressionRoutes {
    private static let bodyLimit = 4 << 20

    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/suppressions", "getSuppressions", scope: .suppressionsRead) { call in
                let person = try await AddressQuery(call)
                let found = try await policy(call).suppressions(tenant: call.caller.tenant, hash: person.hash)
                    .filter { person.channel == nil || $0.channel == nil || $0.channel == person.channel }
                return .json(["to": .string(person.shown), "items": .array(found.map(json))])
            },
            secured.route(.get, "/v1/suppressions/counts", "countSuppressions", scope: .suppressionsRead) { call in
                let counts = try await policy(call).suppressionCounts(tenant: call.caller.tenant)
                return .json([
                    "items": .array(
                        counts.map { count in
                            [
                                "channel": .text(count.channel?.rawValue), "reason": .string(count.reason),
                                "count": .int(count.count),
                            ]
                        })
                ])
            },
            secured.route(
                .put, "/v1/suppressions", "addSuppressions", scope: .suppressionsWrite,
                body: .whole(limit: bodyLimit)
            ) { try await SuppressionList.add($0) },
            secured.route(
                .post, "/v1/suppressions/lift", "liftSuppressions", scope: .suppressionsWrite,
                body: .whole(limit: bodyLimit)
            ) { try await SuppressionList.lift($0) },
            secured.route(.delete, "/v1/suppressions", "removeSuppression", scope: .suppressionsWrite) { call in
                let person = try await AddressQuery(call)
                let reason = try reason(call.request)
                let lifted = try await policy(call).lift(
                    tenant: call.caller.tenant, hashes: [person.hash], channel: person.channel, reason: reason,
                    audit: call.audit)
                guard lifted > 0 else { throw Problem(.notFound, "There is no such entry about this address.") }
                return .nothing
            },
        ]
    }

    static func policy(_ call: APICall) -> PolicyStore { PolicyStore(database: call.database) }

    private static func reason(_ request: HTTPRequest) throws(Problem) -> SuppressionReason {
        guard let word = request.parameter("reason") else { return .optout }
        guard let reason = SuppressionReason(rawValue: word) else {
            throw .invalid("reason", "choice", "reason must be one of optout, bounce, complaint.")
        }
        return reason
    }

    private static func json(_ entry: Suppression) -> JSON {
        [
            "channel": .text(entry.channel?.rawValue), "reason": .string(entry.reason.rawValue),
            "origin": .string(entry.origin), "created_at": .time(entry.at),
        ]
    }
}

/// Of whom a request without a body speaks: `to`, and perhaps `channel`.
struct AddressQuery: Sendable {
    let channel: Channel?
    let hash: RecipientHash
    let kind: AddressKind
    let shown: String

    init(_ call: APICall) async throws {
        if let word = call.request.parameter("channel") {
            guard let channel = Channel(rawValue: word) else {
                throw Problem.invalid(
                    "channel", "choice",
                    "channel must be one of \(Channel.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            self.channel = channel
        } else {
            channel = nil
        }
        guard let text = call.request.parameter("to"), !text.isEmpty else {
            throw Problem.invalid("to", "required", "to is missing: the address, such as %2B6591234567.")
        }
        do {
            let address = try await AddressReader(call, channel: channel).read(text)
            (hash, kind, shown) = (address.hash, address.kind, address.shown)
        } catch let rejection as AddressReader.Rejection {
            throw Problem.invalid("to", rejection.rule, rejection.detail)
        }
    }
}
