import Domain
private import Foundation

/// A provider's settings without anything that could be a credential: of headers, bodies and the like only what is a
/// placeholder, of addresses only the host, of settings that we don't know nothing.
package enum MaskedSettings {
    private static let mask: JSON = "••••"

    package static func of(_ text: String) -> JSON {
        guard let object = (try? JSON.parse(text))?.objectValue else { return mask }
        var shown = JSONObject()
        for (name, value) in object { shown[name] = shownValue(name, value) }
        return .object(shown)
    }

    /// Whether a setting of this name is never shown.
    package static func isHidden(_ name: String) -> Bool { !plain.contains(name) && !addresses.contains(name) }

    private static func shownValue(_ name: String, _ value: JSON) -> JSON {
        switch name {
        case _ where addresses.contains(name): value.stringValue.map { .string(host($0)) } ?? mask
        case "headers", "json", "form": hidden(value)
        case "dkim": signatures(value)
        case _ where plain.contains(name): value
        default: mask
        }
    }

    private static let addresses: Set<String> = ["url", "base_url", "callback_url", "unsubscribe_url", "token_uri"]

    private static let plain: Set<String> = [
        // Of every kind.
        "limit_per_second", "limit_burst", "limits", "critical_share", "breaker", "dead_share", "concurrency",
        "connect_timeout_ms",
        "throttle_wait_ms", "internal", "ca_file", "from", "currency",
        // Over HTTP.
        "method", "sent", "throttled", "temporary", "permanent", "in_doubt", "reference", "missing_reference", "cost",
        "first_byte_timeout_ms", "timeout_ms", "max_reply_bytes", "http_version",
        // The sandbox.
        "latency_ms", "jitter_ms", "temporary_rate", "permanent_rate", "throttle_rate", "in_doubt_rate",
        "rate_per_second", "retry_after_ms", "price", "seed", "magic",
        // SMTP and other email.
        "host", "port", "security", "insecure_auth", "reply_to", "envelope_from", "hello", "connections",
        "messages_per_connection", "idle_timeout_ms", "reply_timeout_ms", "delivery_timeout_ms", "category", "tracking",
        "verp",
        "domain", "message_stream", "marketing_stream", "configuration_set",
        // SMPP.
        "tls", "system_id", "system_type", "address_range", "bind", "window", "response_timeout_ms",
        "queue_timeout_ms", "reconnect_max_ms", "enquire_interval_ms", "enquire_timeout_ms", "enquire_limit", "source",
        "source_ton", "source_npi", "dest_ton", "dest_npi", "service_type", "protocol_id", "priority_flag",
        "registered_delivery", "validity", "long_messages", "receipt_ids", "receipt_utc_offset_minutes",
        // Names and numbers of accounts with vendors, which open nothing by themselves.
        "region", "topic_arn", "account_sid", "messaging_service_sid", "language", "application_id",
        "signature_method", "phone_number_id", "api_version", "project_id", "key_id", "team_id", "topic",
        "environment", "smsc",
    ]

    /// Paths, queries and logins carry keys as often as headers do.
    private static func host(_ url: String) -> String {
        guard let parts = URLComponents(string: String(url.prefix { $0 != "{" && $0 != "?" })),
            let scheme = parts.scheme,
            let host = parts.host
        else { return "••••" }
        let port = parts.port.map { ":\($0)" } ?? ""
        return "\(scheme)://\(host)\(port)/…"
    }

    /// Of each key only whose it is.
    private static func signatures(_ value: JSON) -> JSON {
        guard let items = value.arrayValue else { return mask }
        return .array(
            items.map { item in
                guard let object = item.objectValue else { return mask }
                var shown = JSONObject()
                for (name, value) in object { shown[name] = name == "domain" || name == "selector" ? value : mask }
                return .object(shown)
            })
    }

    private static func hidden(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            var shown = JSONObject()
            for (name, value) in object { shown[name] = hidden(value) }
            return .object(shown)
        case .array(let items): return .array(items.map(hidden))
        case .string(let text): return isPlaceholder(text) || text.isEmpty ? value : mask
        case .null, .bool: return value
        case .int, .bigInt, .double: return mask
        }
    }

    private static func isPlaceholder(_ text: String) -> Bool {
        text.hasPrefix("{{") && text.hasSuffix("}}")
            && text.dropFirst(2).dropLast(2).allSatisfy { $0 != "{" && $0 != "}" }
    }
}
