import Domain

/// Countries in the record: `{"phone": ["SG", "DE"], "email": [""]}`; the empty name is of addresses that tell none.
extension ColumnsRecord {
    private static let names: [(AddressField, String)] = [
        (.phone, "phone"), (.email, "email"), (.push, "token"), (.chat, "chat"), (.inapp, "inapp"),
    ]

    var regionsJSON: JSON {
        var object = JSONObject()
        for (field, name) in Self.names {
            guard let found = regions[field], !found.isEmpty else { continue }
            object[name] = .array(found.map(\.code).sorted().map { .string($0) })
        }
        return .object(object)
    }

    static func regions(_ json: JSON?) -> [AddressField: Set<Region>] {
        var regions: [AddressField: Set<Region>] = [:]
        for (field, name) in names {
            guard let codes = json?[name]?.arrayValue else { continue }
            regions[field] = Set(codes.map { $0.stringValue.flatMap { Region($0) } ?? .none })
        }
        return regions
    }
}
