import Domain
import Ingest
import Jobs
import Senders
import Storage

/// `herald route explain`: where one message would go, and why.
enum RouteExplainCommand {
    static let command = Command(
        "route explain", "say which rule decides for a recipient, and through whom a message would go",
        options: [
            .value("to", "ADDRESS", "a number or an email address; several, with commas, to see which is cheapest"),
            .value("tenant", "T", "who sends"),
            .value("source", "S", "the system that sends"),
            .value("channel", "CHANNEL", "default: email for an address with @, else sms; or cheapest"),
            .value("category", "C", "otp, transactional (default), alert, marketing"),
            .value("priority", "P", "critical, high, normal, low (default: the category's)"),
            .value("message", "ID", "the message: where weights choose, they choose by its number"),
            .flag("all", "every rule that does not fit, too"),
        ],
        example: "herald route explain --to +6512345678 --source checkout --category otp"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        var question = try await question(arguments, installation)
        var to = try arguments.required("to")
        let message = try arguments.integer("message") ?? 0
        let table = try await RouteTableLoader(database: installation.database, keys: installation.keys).load()
        let standings = try await ReportedStandings.read(installation)
        var comparison: ChannelComparison?
        if arguments.text("channel") == "cheapest" {
            let made = try ChannelComparison(
                addresses: to, question: question.subject, home: question.tenant.region, table: table,
                message: MessageID(rawValue: Int64(message)), standings: standings)
            made.show(on: screen)
            if let cheapest = made.cheapest {
                question.subject.channel = cheapest.channel
                to = cheapest.address
            }
            comparison = made
        }
        let (address, region) = try address(to, question.subject.channel, question.tenant.region)
        let told = table.explain(
            question.subject, address: Array(address.utf8), region: region,
            message: MessageID(rawValue: Int64(message)), standings: standings)
        let routes = try await installation.routes.rulesWithoutPrefixes()
        let text = RouteExplanationText(
            told, question: question.subject, tenant: question.tenant.name, source: arguments.text("source"),
            address: address, region: region, routes: routes)
        text.show(on: screen, all: arguments.has("all"))
        screen.json(comparison?.json(beside: text.json) ?? text.json)
        return told.choice.refusal == nil ? .done : .failed
    }

    private static func question(_ arguments: Arguments, _ installation: Installation) async throws
        -> (subject: RouteQuestion, tenant: Tenant)
    {
        let names = try await RouteNames(installation)
        var tenantName = arguments.text("tenant")
        var source: Int64?
        if let name = arguments.text("source") {
            let found = try names.source(name, of: try tenantName.map(names.tenant))
            source = found.id
            tenantName = found.tenantName
        }
        // Where there is only one, nobody need say it.
        if tenantName == nil, names.tenants.count == 1 { tenantName = names.tenants.keys.first }
        guard let tenantName else { throw CommandError.usage("--tenant is missing: who sends?") }
        let tenant = try await installation.tenant(tenantName)
        let category = try arguments.word("category", of: Category.self) ?? .transactional
        var priority = category.defaultPriority
        if let word = arguments.text("priority") {
            guard let known = Priority(word: word) else {
                throw CommandError.usage("--priority is one of critical, high, normal, low, not “\(word)”.")
            }
            priority = known
        }
        let isEmail = try arguments.required("to").contains("@")
        let isCheapest = arguments.text("channel") == "cheapest"
        let named = isCheapest ? nil : try arguments.word("channel", of: Channel.self)
        let channel = named ?? (isEmail ? .email : .sms)
        let question = RouteQuestion(
            tenant: tenant.id, source: source, channel: channel, category: category, priority: priority)
        return (question, tenant)
    }

    static func address(_ text: String, _ channel: Channel, _ home: Region) throws -> (String, Region) {
        let address = try AddressInput(text, channel: channel, region: home)
        guard address.kind == .phone else { return (address.normal, .none) }
        return (address.normal, PhoneTable.check(address.normal, defaultRegion: home).number?.region ?? .none)
    }
}
