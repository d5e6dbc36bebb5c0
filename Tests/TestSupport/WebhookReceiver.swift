package import Domain

/// A customer's server: takes webhooks and says what came.
package final class WebhookReceiver: Sendable {
    package struct Event: Sendable {
        package let path: String
        package let id: String
        package let type: String
        package let data: JSON
        package let body: String
        /// How many were under way there as this one came, itself included.
        package let beside: Int64
    }

    package let server: PythonServer

    package init() throws { server = try PythonServer("servers/hooks.py") }

    package func stop() { server.stop() }

    package func url(_ path: String, host: String = "127.0.0.1") -> String { "http://\(host):\(server.port)\(path)" }

    /// A status, or `hang`.
    package func answer(_ path: String, _ status: String) throws { _ = try server.lines("answer \(path) \(status)") }

    /// What came to a path, or to any, in the order of its coming.
    package func events(_ path: String? = nil) throws -> [Event] {
        try server.lines("list").map { try JSON.parse($0) }.filter { path == nil || $0["path"]?.stringValue == path }
            .map { one in
                let body = one["body"]?.stringValue ?? ""
                let json = (try? JSON.parse(body)) ?? .null
                return Event(
                    path: one["path"]?.stringValue ?? "", id: one["headers"]?["webhook-id"]?.stringValue ?? "",
                    type: json["type"]?.stringValue ?? "", data: json["data"] ?? .null, body: body,
                    beside: one["beside"]?.intValue ?? 0)
            }
    }

    /// The ids of what came to a path and is signed with this secret, and how many are not.
    package func verified(_ path: String, _ secret: String) throws -> (fine: [String], wrong: Int) {
        let lines = try server.lines("verify \(path) \(secret)").map { $0.split(separator: " ", maxSplits: 1) }
        return (
            lines.filter { $0.last == "fine" }.map { String($0[0]) }, lines.count { $0.last != "fine" }
        )
    }
}
