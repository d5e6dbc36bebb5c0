import Domain

/// Where webhooks may go beside the open internet: networks that whoever runs Herald lists, none by default. Plain
/// HTTP goes there alone.
package struct WebhookNetworks: Sendable, Hashable {
    package static let setting = "HERALD_WEBHOOK_NETWORKS"
    package static let none = WebhookNetworks([])

    let list: [NetworkRange]

    package init(_ list: [NetworkRange]) { self.list = list }

    /// As the environment says: `10.0.0.0/8, 127.0.0.1`.
    package init(environment: [String: String]) throws(WebhookSettingError) {
        var list: [NetworkRange] = []
        for word in (environment[Self.setting] ?? "").split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let network = try? NetworkRange(word) else { throw WebhookSettingError(word: String(word)) }
            list.append(network)
        }
        self.list = list
    }

    func contains(_ address: IPAddress) -> Bool { list.contains { $0.contains(address) } }
}

package struct WebhookSettingError: Error, CustomStringConvertible {
    let word: String

    package var description: String {
        "\(WebhookNetworks.setting): “\(word)” is no network. Write networks such as 10.0.0.0/8, 127.0.0.1/32, with commas."
    }
}
