import Domain

/// An address that a source wants to be told at. It is somebody's wish, so it is read narrowly: what two readers could
/// understand differently is refused. Which address its name leads to is looked at with every connection, see
/// `AddressGuard`; what is plainly closed is refused here already, because it is kinder.
package struct WebhookURL: Sendable, Hashable {
    package enum Fault: Error, Sendable, Hashable {
        case unreadable, tooLong, notHTTPS, credentials, fragment, closedAddress
    }

    package let text: String
    /// In lower case, with its port.
    let host: String
    let isPlain: Bool

    package static let longest = 2048

    package init(_ text: String, networks: WebhookNetworks) throws(Fault) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.unsafe.contains($0) }) else { throw .unreadable }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .unreadable }
        switch parts[0].lowercased() {
        case "https": isPlain = false
        case "http" where !networks.list.isEmpty: isPlain = true
        case "http": throw .notHTTPS
        default: throw .unreadable
        }
        guard !text.contains("#") else { throw .fragment }
        let authority = parts[1].prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw .credentials }
        let (name, port) = try Self.split(authority, isPlain: isPlain)
        try Self.check(name, networks)
        self.text = text
        host = "\(name):\(port)"
    }

    private static let unsafe = Set(#"\"<>^`{|}"#.utf8)

    private static func split(
        _ authority: Substring, isPlain: Bool
    ) throws(Fault) -> (name: String, port: UInt16) {
        var end = authority.endIndex
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { throw .unreadable }
            end = authority.index(after: bracket)
        } else if let colon = authority.firstIndex(of: ":") {
            end = colon
        }
        let name = authority[..<end].lowercased()
        let rest = authority[end...]
        if rest.isEmpty { return (name, isPlain ? 80 : 443) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), let port = UInt16(digits), port > 0, String(port) == digits else {
            throw .unreadable
        }
        return (name, port)
    }

    private static func check(_ name: String, _ networks: WebhookNetworks) throws(Fault) {
        if name.hasPrefix("[") {
            let inside = name.dropFirst().dropLast()
            guard inside.contains(":"), !inside.contains("%"), let address = IPAddress(inside) else {
                throw .unreadable
            }
            return try check(address, networks)
        }
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D || $0 == 0x5F
                }
        }
        guard isName, name.utf8.count <= 253, let last = labels.last else { throw .unreadable }
        // Whatever ends in a number is read as an IPv4 address by somebody: only the usual four are one here.
        if last.utf8.first.map({ $0 >= 0x30 && $0 <= 0x39 }) == true {
            guard let address = IPAddress(name) else { throw .unreadable }
            return try check(address, networks)
        }
        guard last != "localhost" || !networks.list.isEmpty else { throw .closedAddress }
    }

    private static func check(_ address: IPAddress, _ networks: WebhookNetworks) throws(Fault) {
        guard networks.contains(address) || AddressGuard.isPublic(v6: address.bytes) else { throw .closedAddress }
    }
}

extension IPAddress {
    fileprivate var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) } }
    }
}

extension WebhookURL.Fault {
    /// What is wrong and what to do.
    package var text: String {
        switch self {
        case .unreadable:
            "It must be an address such as https://example.com/hooks/herald, in plain ASCII and with a usual host."
        case .tooLong: "It may have \(WebhookURL.longest) characters at most."
        case .notHTTPS:
            "It must begin with https://. Plain http goes only to networks that the operator lists in \(WebhookNetworks.setting)."
        case .credentials: "It must not hold a user or a password. Check the signature instead."
        case .fragment: "It must not hold a “#”: what follows one is never sent."
        case .closedAddress:
            "It leads to a private address, and webhooks go to the open internet only. The operator can list further networks in \(WebhookNetworks.setting)."
        }
    }
}
