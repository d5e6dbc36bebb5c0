import Domain
import Storage

/// An alert in words, for people, mails and logs. Nobody's data is in it.
package enum AlertText {
    /// `shop of acme to AZ: 12400 messages in the running quarter of an hour, usually 300`.
    package static func sentence(_ alert: StoredAlert) -> String {
        let what = "\(amount(alert.worst, alert))\(unit(alert)) \(spell(alert)), usually \(amount(alert.usual, alert))"
        return "\(subject(alert)): \(what)"
    }

    package static func subject(_ alert: StoredAlert) -> String {
        let source = alert.sourceName.map { "\($0) of \(alert.tenantName ?? "?")" }
        return switch alert.dimension {
        case .tenant: "tenant \(alert.tenantName ?? "?")"
        case .source: "source \(source ?? "?")"
        case .country: "source \(source ?? "?") to \(alert.country)"
        case .prefix: "source \(source ?? "?") to numbers that begin with +\(alert.prefix)"
        case .provider:
            "provider \(alert.providerName ?? "?")\(alert.tenantName.map { " for \($0)" } ?? "")"
        }
    }

    package static func amount(_ value: Int64, _ alert: StoredAlert) -> String {
        switch alert.measure {
        case .volume: return String(value)
        case .cost: return PriceText.decimal(value) + " " + alert.currency
        case .failure, .delivery:
            let tenths = (value + 500) / 1000
            return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
        case .latency: return "\(value / 1000) ms"
        }
    }

    private static func unit(_ alert: StoredAlert) -> String {
        switch alert.measure {
        case .volume: " messages"
        case .cost: ""
        case .failure: " failed or in doubt"
        case .delivery: " delivered within an hour"
        case .latency: " for a call"
        }
    }

    private static func spell(_ alert: StoredAlert) -> String {
        switch AlertSpell(rawValue: alert.spell) {
        case .runningQuarter, .lastQuarter: "in a quarter of an hour"
        case .lastHour, .hourBefore, nil: "in an hour"
        }
    }

    /// What to do next.
    package static func advice(_ alert: StoredAlert) -> String {
        if alert.pausedSource, let source = alert.sourceName {
            return
                "The source was paused; `herald source resume \(source) --tenant \(alert.tenantName ?? "T")` lets it send again."
        }
        return switch alert.measure {
        case .volume where alert.direction == .rise, .cost:
            "`herald source pause \(alert.sourceName ?? "NAME") --tenant \(alert.tenantName ?? "T")` stops it; `herald ledger find` shows what it sends."
        case .volume: "Nothing or little comes from it: ask its owner, and look at its keys (`herald key list`)."
        case .failure, .delivery, .latency: "`herald provider status` shows how providers fare."
        }
    }
}
