import Domain
import Senders
import Storage

/// All that a campaign's shards have in common while they are sent. Built once and shared; built anew
/// when providers, routes or prices change.
package struct CampaignContext: Sendable {
    package let campaign: Int64
    package let tenant: Int64
    package let channel: Channel
    package let category: Category
    package let expiresAt: Timestamp
    package let from: String
    /// The channels that follow the first; empty where the rules say.
    package let chain: [Channel]
    /// Of all these the cheapest that a recipient may be reached on goes first.
    package let isCheapest: Bool
    /// Its messages stand in lines: who ends one gives the turn to the next.
    package let isOrdered: Bool
    package let key: TenantKey
    package let content: any MessageRenderer
    package let policy: any RecipientPolicy
    /// The rules by which each recipient's providers are found; nil where the providers are given.
    package let routing: CampaignRouting?
    /// The same for all recipients, where no rules decide.
    let providers: [ProviderStep]
    /// Of what somebody wants to be told.
    let webhooks: WebhookInterest
    /// Who pays for its messages, or counts what they cost.
    package let budgets: [BudgetStore.Cover]
    /// How often and how fast each provider is tried.
    let retry: RetryPolicy

    package init(
        campaign: Int64, tenant: Int64, channel: Channel, category: Category, expiresAt: Timestamp, from: String = "",
        chain: [Channel] = [], isCheapest: Bool = false, isOrdered: Bool = false, key: TenantKey,
        content: any MessageRenderer,
        policy: any RecipientPolicy, providers: [ProviderStep] = [],
        routing: CampaignRouting? = nil, retry: RetryPolicy? = nil, webhooks: WebhookInterest = .none,
        budgets: [BudgetStore.Cover] = []
    ) {
        self.campaign = campaign
        self.tenant = tenant
        self.channel = channel
        self.category = category
        self.expiresAt = expiresAt
        self.from = from
        self.chain = chain
        self.isCheapest = isCheapest
        self.isOrdered = isOrdered
        self.key = key
        self.content = content
        self.policy = policy
        self.providers = providers
        self.routing = routing
        self.webhooks = webhooks
        self.budgets = budgets
        self.retry = retry ?? RetryPolicy.of(category)
    }

    /// What of a provider's limits is for these messages.
    var lane: ProviderGate.Lane { category == .otp ? .critical : .bulk }

    /// Whether anybody could send any of its messages.
    var hasProviders: Bool { !(routing?.reachesNobody ?? providers.isEmpty) }
}
