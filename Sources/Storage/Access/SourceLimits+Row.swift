import Domain

extension SourceLimits {
    static let columns = """
        l.rate, l.burst, l.critical_rate, l.critical_burst, l.per_hour, l.per_day, l.per_month
        """

    /// From the columns; all are null where there is no row.
    init(row: PostgresRow) throws(StorageError) {
        self.init()
        rate = try Self.rate(row, "rate", "burst")
        criticalRate = try Self.rate(row, "critical_rate", "critical_burst")
        for period in Period.allCases { quotas[period] = try row.optionalInt("per_\(period.rawValue)") }
    }

    private static func rate(_ row: PostgresRow, _ rate: String, _ burst: String) throws(StorageError) -> Rate? {
        guard let micros = try row.optionalInt(rate) else { return nil }
        return Rate(perSecond: Double(micros) / 1_000_000, burst: Double(try row.int(burst)) / 1_000_000)
    }

    /// In the columns' order.
    var values: [PostgresValue] {
        func micros(_ value: Double?) -> PostgresValue {
            .optional(value.map { Int64((min($0, 1e9) * 1_000_000).rounded()) })
        }
        return [
            micros(rate?.perSecond), micros(rate?.burst), micros(criticalRate?.perSecond), micros(criticalRate?.burst),
        ] + Period.allCases.map { .optional(quotas[$0]) }
    }

    package var json: JSON {
        func number(_ value: Double?) -> JSON { value.map { .double($0) } ?? .null }
        func number(_ value: Int64?) -> JSON { value.map { .int($0) } ?? .null }
        return [
            "rate": number(rate?.perSecond), "burst": number(rate?.burst),
            "critical_rate": number(criticalRate?.perSecond), "critical_burst": number(criticalRate?.burst),
            "per_hour": number(quotas[.hour]), "per_day": number(quotas[.day]), "per_month": number(quotas[.month]),
        ]
    }
}
