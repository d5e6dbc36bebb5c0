import Domain
import HTTPServer
import Storage

/// `/v1/preferences`: by which channels a person wants marketing. It is the opt-outs, seen from the person's side.
enum PreferenceRoutes {
    static func routes(_ secured: SecuredRoutes) -> [Route] {
        [
            secured.route(.get, "/v1/preferences", "getPreferences", scope: .preferencesRead) { call in
                let person = try await AddressQuery(call)
                let entries = try await SuppressionRoutes.policy(call).suppressions(
                    tenant: call.caller.tenant, hash: person.hash)
                let channels = channels(of: person.kind, person.channel)
                return .json(
                    json(person.shown, channels) { channel in
                        !entries.contains { $0.reason == .optout && ($0.channel ?? channel) == channel }
                    })
            },
            secured.route(
                .put, "/v1/preferences", "setPreferences", scope: .preferencesWrite, body: .whole(limit: 1 << 14)
            ) { try await set($0) },
        ]
    }

    private static func channels(of kind: AddressKind, _ channel: Channel?) -> [Channel] {
        Channel.allCases.filter { $0.addressKind == kind && (channel ?? $0) == $0 }
    }

    private static func json(_ shown: String, _ channels: [Channel], _ wants: (Channel) -> Bool) -> JSON {
        var marketing = JSONObject()
        for channel in channels { marketing[channel.rawValue] = .bool(wants(channel)) }
        return ["to": .string(shown), "marketing": .object(marketing)]
    }

    private static func set(_ call: APICall) async throws -> HTTPResponse {
        let (text, wishes) = try await call.fields { reader in
            _ = reader.required("to")
            return (reader.text("to", max: 4096) ?? "", readWishes(reader))
        }
        let person: AddressReader.Address
        do {
            // One channel's own sort of address is read as that.
            person = try await AddressReader(call, channel: wishes.count == 1 ? wishes.keys.first : nil).read(text)
        } catch let rejection as AddressReader.Rejection {
            throw Problem.invalid("/to", rejection.rule, rejection.detail)
        }
        let channels = channels(of: person.kind, nil)
        if let stray = wishes.keys.first(where: { !channels.contains($0) }) {
            throw Problem.invalid(
                "/marketing/\(stray.rawValue)", "channel", "This address is none for \(stray.rawValue).")
        }
        let refused = try await SuppressionRoutes.policy(call).changeOptOuts(
            tenant: call.caller.tenant, hash: person.hash, channels: channels, wishes: wishes, audit: call.audit)
        return .json(json(person.shown, channels) { !refused.contains($0) })
    }

    private static func readWishes(_ reader: FieldReader) -> [Channel: Bool] {
        guard reader.required("marketing") != nil, let object = reader.object("marketing") else { return [:] }
        var wishes: [Channel: Bool] = [:]
        for (word, value) in object {
            guard let channel = Channel(rawValue: word), let wish = value.boolValue else {
                reader.fault("marketing", "type", "marketing maps channels to true or false.")
                return [:]
            }
            wishes[channel] = wish
        }
        if wishes.isEmpty { reader.fault("marketing", "required", "marketing names no channel.") }
        return wishes
    }
}
