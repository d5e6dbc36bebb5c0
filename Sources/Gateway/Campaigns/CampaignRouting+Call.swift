import Domain
import Jobs
import Senders
import Storage

extension CampaignPlan {
    /// The providers through whom it would go.
    func routing(_ contexts: ContextBuilder) async throws -> CampaignRouting {
        try await contexts.routing(
            for: RouteQuestion(
                tenant: tenant.id, source: source, channel: template.channel, category: form.reading.category,
                priority: priority), further: further, content: .template(template.name))
    }
}
