import Domain

/// What email vendors' callbacks have in common.
enum EmailReceipt {
    /// The custom argument by which our message's id comes back.
    static let idName = "herald_id"

    /// However the vendor writes it.
    static func message(_ value: JSON?) -> MessageID? {
        let number = value?.intValue ?? value?.stringValue.flatMap({ Int64($0) })
        return number.map(MessageID.init(rawValue:))
    }

    /// Seconds since 1970, with or without a fraction, as a number or a text.
    static func seconds(_ value: JSON?) -> Timestamp? {
        guard let seconds = value?.doubleValue ?? value?.stringValue.flatMap({ Double($0) }), seconds > 0,
            seconds < 1e11
        else { return nil }
        return Timestamp(micros: Int64(seconds * 1_000_000))
    }

    static func time(_ value: JSON?) -> Timestamp? { value?.stringValue.flatMap { VendorTime.text($0) } }

    /// Vendors write one and the same Message-ID with its brackets and without.
    static func bare(_ id: String) -> String {
        id.hasPrefix("<") && id.hasSuffix(">") ? String(id.dropFirst().dropLast()) : id
    }

    static func body(_ callback: ProviderCallback) throws(UnreadableCallback) -> JSON {
        guard let json = try? JSON.parse(callback.body) else { throw UnreadableCallback("is not JSON") }
        return json
    }
}
