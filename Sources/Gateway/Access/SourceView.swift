import Domain
import Storage

/// Sources as the API shows them, and their rules as it reads them.
enum SourceView {
    /// `uses` only where one source is shown.
    static func json(_ source: Source, limits: SourceLimits?, uses: [SourceRuleStore.StoredUse]? = nil) -> JSON {
        var object = JSONObject()
        object["name"] = .string(source.name)
        object["limits"] = json(limits ?? SourceLimits())
        object["paused"] =
            source.pause.map {
                ["since": .time($0.since), "by": .string($0.by), "includes_critical": .bool($0.includesCritical)]
            } ?? .null
        if let uses { object["permits"] = .array(uses.map { json(id: $0.id, $0.use) }) }
        return .object(object)
    }

    static func json(id: Int64, _ use: PermittedUse) -> JSON {
        var object = use.json.objectValue ?? JSONObject()
        object["id"] = .string(String(id))
        return .object(object)
    }

    static func json(_ limits: SourceLimits) -> JSON {
        func rate(_ rate: SourceLimits.Rate?) -> JSON {
            rate.map { ["per_second": .double($0.perSecond), "burst": .double($0.burst)] } ?? .null
        }
        var object = JSONObject()
        object["rate"] = rate(limits.rate)
        object["critical_rate"] = rate(limits.criticalRate)
        for period in SourceLimits.Period.allCases {
            object["per_\(period.rawValue)"] = limits.quotas[period].map { .int($0) } ?? .null
        }
        return .object(object)
    }

    // MARK: Reading

    static func use(_ reader: FieldReader) -> PermittedUse {
        var use = PermittedUse()
        use.categories = Set(reader.list("categories", of: "a category") { Category(rawValue: $0) } ?? [])
        use.channels = Set(reader.list("channels", of: "a channel") { Channel(rawValue: $0) } ?? [])
        use.priorities = Set(reader.list("priorities", of: "a priority") { Priority(word: $0) } ?? [])
        use.templates = Set(
            reader.list("templates", of: "a template's name") { EntityName.isFine($0) ? $0 : nil } ?? [])
        use.countries = Set(reader.list("countries", of: "a country code such as SG") { Region($0) } ?? [])
        switch reader.text("content") {
        case nil, "template": break
        case "raw": use.allowsRaw = true
        default: reader.fault("content", "choice", "content must be one of template, raw.")
        }
        return use
    }

    /// What is missing or null is not limited any more.
    static func limits(_ reader: FieldReader) -> SourceLimits {
        var limits = SourceLimits()
        limits.rate = rate(reader, "rate")
        limits.criticalRate = rate(reader, "critical_rate")
        for period in SourceLimits.Period.allCases {
            limits.quotas[period] = reader.integer("per_\(period.rawValue)", in: 1...1_000_000_000_000)
        }
        return limits
    }

    private static func rate(_ reader: FieldReader, _ name: String) -> SourceLimits.Rate? {
        guard let inner = reader.reader(name) else { return nil }
        defer { inner.refuseOthers() }
        func number(_ field: String, from least: Double) -> Double? {
            guard let value = inner.value(field) else { return nil }
            guard let number = value.doubleValue, number >= least, number <= 1_000_000 else {
                inner.fault(field, "range", "\(field) must be a number from \(least) to 1000000.")
                return nil
            }
            return number
        }
        let burst = number("burst", from: 1)
        guard inner.required("per_second") != nil, let perSecond = number("per_second", from: 0.01) else { return nil }
        return SourceLimits.Rate(perSecond: perSecond, burst: burst)
    }
}
