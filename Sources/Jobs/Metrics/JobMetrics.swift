import Domain
import Metrics
import Senders
import Storage

/// What a process counts of its work. Members that are counted in for each window are found beforehand.
package final class JobMetrics: Sendable {
    private struct Accepted: Hashable {
        let channel: Channel
        let category: Category
    }

    private struct Ended: Hashable {
        let channel: Channel
        let state: MessageState
    }

    private let accepted: [Accepted: Counter]
    private let ended: [Ended: Counter]
    private let fastWait: Histogram
    private let bulkWait: Histogram
    private let calls: Family<Histogram>
    private let outcomes: Family<Counter>
    private let retries: Family<Counter>
    private let receiptsTaken: Family<Counter>
    private let receiptsSettled: Family<Counter>
    private let budgetNews: Family<Counter>

    /// One registry holds one of these.
    package init(_ registry: MetricsRegistry = MetricsRegistry()) {
        let accepted = registry.counters(
            "herald_accepted_messages_total", "Messages that were accepted by the API and committed.",
            labels: ["channel", "category"])
        var members: [Accepted: Counter] = [:]
        for channel in Channel.allCases {
            for category in Category.allCases {
                members[Accepted(channel: channel, category: category)] = accepted.with(
                    channel.rawValue, category.rawValue)
            }
        }
        self.accepted = members
        let ended = registry.counters(
            "herald_messages_total",
            "Messages that came to a state when they were sent or given up; receipts not counted.",
            labels: ["channel", "state"])
        var states: [Ended: Counter] = [:]
        for channel in Channel.allCases {
            for state in MessageState.allCases where state.rawValue <= MessageState.sent.rawValue {
                states[Ended(channel: channel, state: state)] = ended.with(channel.rawValue, "\(state)")
            }
        }
        self.ended = states
        let waits = registry.histograms(
            "herald_accept_to_call_seconds",
            "From when a message of the API was accepted, or due if that was later, to its first call to a provider.",
            .waits, labels: ["lane"])
        fastWait = waits.with(Lane.fast.word)
        bulkWait = waits.with(Lane.bulk.word)
        calls = registry.histograms(
            "herald_provider_call_seconds", "How long calls to a provider took.", .calls, labels: ["provider"])
        outcomes = registry.counters(
            "herald_provider_outcomes_total", "What providers answered, message by message.",
            labels: ["provider", "outcome"], limit: 700)
        retries = registry.counters(
            "herald_retries_total",
            "Messages that were put back for another try, by the provider that was asked first.",
            labels: ["provider", "next"])
        receiptsTaken = registry.counters(
            "herald_receipts_taken_total", "Callbacks that were stored.", labels: ["provider"])
        receiptsSettled = registry.counters(
            "herald_receipts_settled_total", "Callbacks that were looked at, by what became of them.", labels: ["state"]
        )
        budgetNews = registry.counters(
            "herald_budget_events_total",
            "What became of money budgets: warning, held (used up), released, no_rate (something is not counted).",
            labels: ["kind"])
    }

    package func accepted(_ count: Int, channel: Channel, category: Category) {
        accepted[Accepted(channel: channel, category: category)]?.add(count)
    }

    package func ended(_ deltas: [RollupDelta]) {
        for delta in deltas {
            ended[Ended(channel: delta.key.channel, state: delta.key.state)]?.add(Int(delta.messages))
        }
    }

    package func noted(_ news: BudgetNews) { budgetNews.with(news.kind.rawValue).add() }
    /// All together, since the process began.
    var totals: MinuteRateStore.Rates {
        MinuteRateStore.Rates(
            accepted: accepted.values.reduce(0) { $0 + $1.value },
            sent: ended.reduce(0) { $0 + ($1.key.state == .sent ? $1.value.value : 0) },
            ended: ended.values.reduce(0) { $0 + $1.value })
    }

    func wait(in lane: Lane) -> Histogram { lane == .fast ? fastWait : bulkWait }

    /// For one provider account, whose name is its label.
    package func provider(_ name: String) -> ProviderMeter {
        ProviderMeter(
            calls: calls.with(name), outcomes: Outcome.Kind.allCases.map { outcomes.with(name, $0.word) },
            retriesSame: retries.with(name, "same"), retriesOther: retries.with(name, "other"))
    }

    func receiptsTaken(_ count: Int, provider: String) { receiptsTaken.with(provider).add(count) }
    func receiptsSettled(_ count: Int, state: CallbackState) { receiptsSettled.with(state.rawValue).add(count) }
}

extension Lane {
    /// As people read it.
    package var word: String { self == .fast ? "fast" : "bulk" }
}
