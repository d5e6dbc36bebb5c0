import Domain
import HTTPServer
import Storage

/// Many suppressions in one request. What is no address is named by its place, never repeated.
enum SuppressionList {
    private static let most = 10_000

    private struct Request {
        var addresses: [String]
        var channel: Channel?
        var reason: SuppressionReason
    }

    static func add(_ call: APICall) async throws -> HTTPResponse {
        let request = try await call.fields(read)
        let (hashes, rejected) = try await hashes(request, call)
        let added = try await SuppressionRoutes.policy(call).suppress(
            tenant: call.caller.tenant, hashes: hashes, channel: request.channel, reason: request.reason,
            origin: "api", audit: call.audit)
        return .json([
            "added": .int(Int64(added)), "unchanged": .int(Int64(hashes.count - added)), "rejected": .array(rejected),
        ])
    }

    static func lift(_ call: APICall) async throws -> HTTPResponse {
        let request = try await call.fields(read)
        let (hashes, rejected) = try await hashes(request, call)
        let lifted = try await SuppressionRoutes.policy(call).lift(
            tenant: call.caller.tenant, hashes: hashes, channel: request.channel, reason: request.reason,
            audit: call.audit)
        return .json(["lifted": .int(Int64(lifted)), "rejected": .array(rejected)])
    }

    private static func read(_ reader: FieldReader) -> Request {
        if reader.required("addresses") != nil, reader.value("addresses")?.arrayValue?.isEmpty == true {
            reader.fault("addresses", "required", "addresses names nobody.")
        }
        return Request(
            addresses: reader.texts("addresses", most: most, longest: 4096) ?? [], channel: reader.channel(),
            reason: reader.choice("reason", of: SuppressionReason.self) ?? .optout)
    }

    /// Each once, however often and in whatever forms it was written.
    private static func hashes(
        _ request: Request, _ call: APICall
    ) async throws -> (hashes: [RecipientHash], rejected: [JSON]) {
        let reader = try await AddressReader(call, channel: request.channel)
        var hashes: Set<RecipientHash> = []
        var rejected: [JSON] = []
        for (place, text) in request.addresses.enumerated() {
            do throws(AddressReader.Rejection) {
                hashes.insert(try reader.read(text).hash)
            } catch {
                rejected.append([
                    "index": .int(Int64(place)), "rule": .string(error.rule), "detail": .string(error.detail),
                ])
            }
        }
        guard !hashes.isEmpty else {
            throw Problem.invalid("/addresses", "address", "None of these can be an address.")
        }
        return (Array(hashes), rejected)
    }
}
