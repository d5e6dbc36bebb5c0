import Domain
import Senders
import Storage

/// An explanation in plain words and as JSON.
struct RouteExplanationText {
    private let told: RouteExplanation
    private let question: RouteQuestion
    private let tenant: String
    private let source: String?
    private let address: String
    private let region: Region
    private let routes: [Int64: StoredRoute]

    private static let shownRules = 10

    init(
        _ told: RouteExplanation, question: RouteQuestion, tenant: String, source: String?, address: String,
        region: Region, routes: [StoredRoute]
    ) {
        self.told = told
        self.question = question
        self.tenant = tenant
        self.source = source
        self.address = address
        self.region = region
        self.routes = Dictionary(routes.map { ($0.rule.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: In words

    func show(on screen: Screen, all: Bool) {
        let place = region == .none ? "" : " (\(region.code))"
        let origin = source.map { " from \($0)" } ?? ""
        screen.line(
            "\(question.channel.rawValue) to \(address)\(place): \(question.category.rawValue), "
                + "\(question.priority.word) priority, of \(tenant)\(origin)")
        screen.line()
        showDecision(on: screen)
        showSteps(on: screen)
        showOthers(on: screen, all: all)
    }

    private func showDecision(on screen: Screen) {
        guard let rule = told.rule else {
            return screen.line("No rule fits: it can't be sent. `herald route add --help` shows how to make one.")
        }
        screen.line(
            "Route \(rule.id) decides: order \(rule.order), \(subject(rule, told.looks.first?.matchLength ?? 0)). \(reason)"
        )
        if let refusal = told.choice.refusal {
            screen.line("It can't be sent: \(Self.words(refusal)). No other rule takes its place.")
        }
    }

    /// Why the first and not the next.
    private var reason: String {
        let holding = told.looks.filter(\.holds)
        guard holding.count > 1, let first = holding.first else { return "No other rule fits." }
        let next = "route \(holding[1].rule.id)"
        return switch told.precedence {
        case .onlyOne: "No other rule fits."
        case .order: "It goes before \(next), whose order is \(holding[1].rule.order)."
        case .matchLength:
            "It goes before \(next) because it names \(first.matchLength) \(lengthUnit) of the address"
                + (holding[1].matchLength > 0 ? ", the other \(holding[1].matchLength)." : ", the other none.")
        case .ownTenant: "It goes before \(next) because it is \(tenant)'s own."
        case .moreConditions: "It goes before \(next) because it has more conditions."
        case .older: "It goes before \(next) because it is older."
        }
    }

    private var lengthUnit: String { question.channel.addressKind == .phone ? "digits" : "characters" }

    private func showSteps(on screen: Screen) {
        for (place, step) in told.steps.enumerated() {
            var parts = [step.rate.map { amount($0.micros, $0.currency.code) + unit } ?? "no price", health(step)]
            if told.rule?.choice == .weight { parts.append("weight \(step.weight)") }
            parts.append(step.sender.isEmpty ? "its own default sender" : "sender \(step.sender)")
            screen.line("  \(place + 1). \(step.provider.name): \(parts.joined(separator: ", "))")
        }
        for left in told.leftOut {
            screen.line("  not \(left.name ?? "provider \(left.provider)"): \(Self.words(left.refusal))")
        }
        if told.steps.count > 1, let choice = told.rule?.choice { screen.line("  " + Self.words(choice)) }
        if let rule = told.rule, told.choice.refusal == nil, let alternates = alternates(rule) {
            screen.line("  Then \(alternates).")
        }
        switch told.registration {
        case .required:
            screen.line(
                "  Warning: operators in \(region.code) drop or replace a sender's name that was not registered with them."
            )
        case .impossible:
            screen.line(
                "  Warning: operators in \(region.code) show no names as sender, or refuse such messages. Use a number."
            )
        case nil: break
        }
    }

    private func health(_ step: RouteExplanation.Step) -> String {
        guard let standing = step.standing else { return "health not known" }
        guard standing.isAvailable else { return "out of service" }
        let share = standing.share < 100 ? ", coming back with \(standing.share)%" : ""
        return "health \(standing.score) of 1000\(share)"
    }

    private var unit: String { question.channel == .sms ? " a segment" : "" }

    private func showOthers(on screen: Screen, all: Bool) {
        let others = told.looks.filter { $0.rule.id != told.rule?.id }
        guard !others.isEmpty else { return }
        screen.line()
        let fitting = others.filter(\.holds)
        for look in all ? fitting : Array(fitting.prefix(Self.shownRules)) {
            screen.line(
                "Route \(look.rule.id) fits too: order \(look.rule.order), \(subject(look.rule, look.matchLength))")
        }
        let rest = others.filter { !$0.holds }
        for look in all ? rest : Array(rest.prefix(Self.shownRules)) {
            screen.line("Route \(look.rule.id) does not fit: \(Self.words(look)) (\(subject(look.rule, 0)))")
        }
        let hidden = all ? 0 : max(0, fitting.count - Self.shownRules) + max(0, rest.count - Self.shownRules)
        if hidden > 0 { screen.line("… and \(grouped(hidden)) more rules; --all shows them") }
    }

    /// Of many prefixes the one that fits is shown.
    private func subject(_ rule: RouteRule, _ matchLength: Int) -> String {
        guard var route = routes[rule.id] else { return "removed meanwhile" }
        let all = rule.prefixes
        route.rule.prefixes = matchLength > 0 ? all?.filter { $0.fits(address, length: matchLength) } : all
        return RouteText(route, prefixCount: all?.count).subject
    }

    private func alternates(_ rule: RouteRule) -> String? { routes[rule.id].flatMap { RouteText($0).alternates } }

    private static func words(_ refusal: RouteRefusal) -> String {
        switch refusal {
        case .noRule: "no rule fits"
        case .removed: "removed"
        case .notPermitted: "it belongs to another tenant and is not granted to this one"
        case .unusable: "its settings can't be used; `herald doctor` says why"
        case .takenOut: "taken out; `herald provider in` takes it back"
        }
    }

    private static func words(_ choice: TargetChoice) -> String {
        switch choice {
        case .order: "In the order in which the route names them."
        case .weight: "The first by weight, from the message's number; the others by weight."
        case .cheapest: "The cheapest first; prices in different currencies leave the order of the route."
        case .healthiest: "The healthiest first."
        }
    }

    private static func words(_ look: RouteExplanation.Look) -> String {
        guard look.rule.isEnabled else { return "it is off" }
        return switch look.failing {
        case .tenant: "it is another tenant's"
        case .channel: "another channel"
        case .category: "another category"
        case .priority: "another priority"
        case .source: "another source"
        case .country: "another country"
        case .prefix: "other numbers"
        case .domain: "other domains"
        case nil: "it fits"
        }
    }

    // MARK: As JSON

    var json: JSON {
        [
            "to": .string(address), "country": region == .none ? .null : .string(region.code),
            "channel": .string(question.channel.rawValue), "category": .string(question.category.rawValue),
            "priority": .string(question.priority.word), "tenant": .string(tenant),
            "source": source.map { .string($0) } ?? .null, "route": told.rule.map { .int($0.id) } ?? .null,
            "because": told.rule == nil ? .null : .string(told.precedence.rawValue),
            "refused": told.choice.refusal.map { .string($0.rawValue) } ?? .null,
            "choice": told.rule.map { .string($0.choice.rawValue) } ?? .null,
            "providers": .array(told.steps.map(json)),
            "left_out": .array(
                told.leftOut.map {
                    ["provider": .string($0.name ?? String($0.provider)), "because": .string($0.refusal.rawValue)]
                }),
            "sender_from": .string(told.senderOrigin.rawValue),
            "sender_registration": told.registration.map { .string($0 == .required ? "required" : "impossible") }
                ?? .null,
            "then": RouteText.list(told.rule?.alternates.map(\.rawValue) ?? []),
            "rules": .array(
                told.looks.map { look in
                    [
                        "route": .int(look.rule.id), "fits": .bool(look.holds),
                        "failing": look.failing.map { .string($0.rawValue) }
                            ?? (look.rule.isEnabled ? .null : "disabled"),
                        "order": .int(Int64(look.rule.order)), "match": .int(Int64(look.matchLength)),
                    ]
                }),
        ]
    }

    private func json(_ step: RouteExplanation.Step) -> JSON {
        [
            "provider": .string(step.provider.name), "weight": .int(Int64(step.weight)),
            "price": step.rate.map { .string(PriceText.decimal($0.micros)) } ?? .null,
            "currency": step.rate.map { .string($0.currency.code) } ?? .null,
            "available": step.standing.map { .bool($0.isAvailable) } ?? .null,
            "health": step.standing.map { .int(Int64($0.score)) } ?? .null,
            "share": step.standing.map { .int(Int64($0.share)) } ?? .null,
            "sender": step.sender.isEmpty ? .null : .string(step.sender),
        ]
    }
}

extension NumberPrefix {
    fileprivate func fits(_ address: String, length: Int) -> Bool {
        guard count == length else { return false }
        let bytes = Array(address.utf8)
        return begins(bytes.span)
    }
}
