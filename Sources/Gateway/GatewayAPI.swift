import Domain
import HTTPServer
import Jobs
import Storage

/// All that the gateway answers to, as one list of routes. The OpenAPI document is held against it.
package struct GatewayAPI: Sendable {
    private let services: GatewayServices
    private let scheduled: ScheduledMessage

    package init(services: GatewayServices, scheduled: ScheduledMessage) {
        self.services = services
        self.scheduled = scheduled
    }

    package var routes: [Route] {
        let secured = SecuredRoutes(services: services)
        let parts: [[Route]] = [
            OperationRoutes.routes(services), DocumentRoutes.routes(), CallbackRoutes.routes(services),
            MessageRoutes.routes(secured, scheduled), CampaignRoutes.routes(secured),
            TemplateRoutes.routes(secured),
            SuppressionRoutes.routes(secured), PreferenceRoutes.routes(secured), ReportRoutes.routes(secured),
            SourceRoutes.routes(secured), KeyRoutes.routes(secured), AuditRoutes.routes(secured),
            ProviderRoutes.routes(secured), RoutingRoutes.routes(secured), DeadLetterRoutes.routes(secured),
        ]
        return parts.flatMap(\.self)
    }

    package var planner: RoutePlanner {
        let services = services
        return RoutePlanner(Router(routes)) { error, _ in Failure.response(to: error, services) }
    }
}
