import Domain
import HTTPServer
import Jobs
import Storage

/// All that the gateway answers to, as one list of routes. The OpenAPI document is held against it.
package struct GatewayAPI: Sendable {
    private let services: GatewayServices
    package let routes: [Route]

    package init(services: GatewayServices, scheduled: ScheduledMessage) {
        self.services = services
        routes = Self.routes(services, scheduled)
    }

    static let needsHTTPS = Problem(.forbidden, "The API is answered over HTTPS only.", rule: "https")

    private static func routes(_ services: GatewayServices, _ scheduled: ScheduledMessage) -> [Route] {
        let secured = SecuredRoutes(services: services)
        // One question for all campaigns that anybody watches, whoever's they are: so it is the owner's.
        let campaigns = CampaignStore(database: services.database)
        let feed = CampaignFeed { try await campaigns.standings(of: $0) }
        let parts: [[Route]] = [
            OperationRoutes.routes(services), MetricsRoutes.routes(services), DocumentRoutes.routes(),
            CallbackRoutes.routes(services),
            MessageRoutes.routes(secured, scheduled), LedgerRoutes.routes(secured),
            CampaignRoutes.routes(secured, feed),
            TemplateRoutes.routes(secured),
            SuppressionRoutes.routes(secured), PreferenceRoutes.routes(secured), PersonRoutes.routes(secured),
            ReportRoutes.routes(secured),
            PeriodReports.routes(secured),
            SourceRoutes.routes(secured), KeyRoutes.routes(secured), AuditRoutes.routes(secured),
            ProviderRoutes.routes(secured), RoutingRoutes.routes(secured), DeadLetterRoutes.routes(secured),
            WebhookRoutes.routes(secured), BudgetRoutes.routes(secured), AlertRoutes.routes(secured),
            SourcePauseRoutes.routes(secured),
        ]
        return parts.flatMap(\.self)
    }

    /// What is done with a request, decided on its head. Whatever does not come over TLS, here or at a named proxy, is
    /// refused before anything of it is read; only who looks after the process may ask whether it lives and how it does.
    package var plan: HTTPServer.Planner {
        let services = services
        let planner = RoutePlanner(Router(routes)) { error, _ in Failure.response(to: error, services) }
        let refusal = Self.needsHTTPS.response
        return { request in
            if request.isSecure || ["/livez", "/readyz", "/metrics"].contains(request.rawPath) {
                return planner.plan(request)
            }
            return RequestPlan(label: "-", .refuse(refusal))
        }
    }
}
