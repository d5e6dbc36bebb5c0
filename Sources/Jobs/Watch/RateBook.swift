import Domain
import Storage

/// Rows of the rollups as series by subject: each row counts for its tenant, its source, its source's country, and its
/// provider with all tenants and with its own.
struct RateBook {
    private(set) var series: [RateSubject: RateSeries] = [:]
    private let hours: [String: RateHours]
    private let parties: WatchParties

    init(hours: [String: RateHours], parties: WatchParties) {
        self.hours = hours
        self.parties = parties
    }

    /// The hours of whom a subject belongs to; what belongs to nobody goes by UTC.
    func hours(of subject: RateSubject) -> RateHours? {
        hours[subject.tenant.flatMap { parties.tenants[$0]?.zone } ?? "UTC"]
    }

    mutating func add(_ usage: WatchStore.Usage) {
        guard usage.prefix.isEmpty else {
            var subject = RateSubject(.prefix, tenant: usage.tenant, source: usage.source)
            subject.country = usage.country
            subject.prefix = usage.prefix
            return add(usage.cell, to: subject, at: usage.bucket)
        }
        var subjects = [RateSubject(.tenant, tenant: usage.tenant)]
        if let source = usage.source {
            subjects.append(RateSubject(.source, tenant: usage.tenant, source: source))
            if !usage.country.isEmpty {
                var subject = RateSubject(.country, tenant: usage.tenant, source: source)
                subject.country = usage.country
                subjects.append(subject)
            }
        }
        if let provider = usage.provider {
            subjects.append(RateSubject(.provider, provider: provider))
            subjects.append(RateSubject(.provider, tenant: usage.tenant, provider: provider))
        }
        var counted = usage.cell
        counted.cost = 0
        for subject in subjects {
            add(counted, to: subject, at: usage.bucket)
            guard !usage.currency.isEmpty, usage.cell.cost != 0 else { continue }
            var money = subject
            money.currency = usage.currency
            add(usage.cell, to: money, at: usage.bucket)
        }
    }

    mutating func addLatency(_ cell: RateCell, provider: Int64, hour: Timestamp) {
        add(cell, to: RateSubject(.provider, provider: provider), at: hour)
    }

    private mutating func add(_ cell: RateCell, to subject: RateSubject, at bucket: Timestamp) {
        guard let place = hours(of: subject)?.place(of: bucket) else { return }
        series[subject, default: RateSeries()].add(cell, at: place)
    }
}

/// Which rule decides about a subject: for each measure and direction the most specific one.
struct RuleChoice {
    private let rules: [AlertRuleStore.Stored]

    init(_ rules: [AlertRuleStore.Stored]) { self.rules = rules }

    func rules(for subject: RateSubject) -> [AlertRuleStore.Stored] {
        var best: [String: AlertRuleStore.Stored] = [:]
        for stored in rules {
            let rule = stored.rule
            guard rule.dimension == subject.dimension, rule.source == nil || rule.source == subject.source,
                // Costs have a currency, and nothing else has.
                (rule.measure == .cost) == !subject.currency.isEmpty
            else { continue }
            // Of a provider: all tenants together are no tenant's, and each of them is not everybody's.
            if subject.dimension == .provider {
                guard rule.tenant == subject.tenant else { continue }
            } else if let tenant = rule.tenant, tenant != subject.tenant {
                continue
            }
            let kind = "\(rule.measure) \(rule.direction)"
            if let other = best[kind], other.rule.specificity >= rule.specificity { continue }
            best[kind] = stored
        }
        return best.values.sorted { $0.id < $1.id }
    }
}
