import Domain
import HTTPServer
import Storage

/// `POST /v1/routes`: a rule for the tenant's own messages. One with the same conditions and the same order replaces
/// the rule that was there.
enum AddRule {
    private static let mostPrefixes = 100_000

    private struct Request {
        var rule = RouteRule(targets: [])
        var sources: [String] = []
        var providers: [(name: String, weight: Int32)] = []
    }

    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let request = try await call.fields(read)
        var rule = request.rule
        rule.tenant = call.caller.tenant
        let faults = FieldReader.Faults()
        let sources = try await call.parties.sources(tenant: call.caller.tenant)
        for (place, name) in request.sources.enumerated() {
            if let source = sources.first(where: { $0.name == name }) {
                rule.sources.append(source.id)
            } else {
                faults.add("/sources/\(place)", "unknown_source", "There is no source “\(name.prefix(80))”.")
            }
        }
        let accounts = try await ProviderAccounts(call).visible()
        for (place, target) in request.providers.enumerated() {
            if let account = accounts.first(where: { $0.name == target.name }) {
                rule.targets.append(RouteRule.Target(provider: account.id, weight: target.weight))
            } else {
                faults.add(
                    "/providers/\(place)/name", "unknown_provider", "There is no provider “\(target.name.prefix(80))”.")
            }
        }
        try faults.throwIfAny()
        let stored = try await RoutingRoutes.store(call).store([rule], audit: call.audit)
        let id = stored[0].rule
        return .created(try await RoutingRoutes.view(id, call), at: "/v1/routes/\(id)")
    }

    // MARK: Reading

    private static func read(_ reader: FieldReader) -> Request {
        var request = Request()
        request.rule.channel = reader.channel()
        request.rule.categories = reader.list("categories", of: "a category") { Category(rawValue: $0) } ?? []
        request.rule.priorities = reader.list("priorities", of: "a priority") { Priority(word: $0) } ?? []
        request.rule.countries = reader.list("countries", of: "a country code such as SG") { Region($0) } ?? []
        request.rule.order =
            reader.integer("order", in: Int64(RouteRule.orders.lowerBound)...Int64(RouteRule.orders.upperBound))
            .map { Int($0) } ?? RouteRule.defaultOrder
        request.rule.isEnabled = reader.flag("enabled") ?? true
        request.sources = reader.texts("sources") ?? []
        readAddresses(reader, &request.rule)
        readProviders(reader, &request)
        readSender(reader, &request.rule)
        readAlternates(reader, &request.rule)
        return request
    }

    private static func readAddresses(_ reader: FieldReader, _ rule: inout RouteRule) {
        let prefixes =
            reader.list("prefixes", of: "the first digits of an international number", most: mostPrefixes) {
                NumberPrefix($0)
            } ?? []
        if !prefixes.isEmpty {
            rule.prefixes = prefixes
            if (rule.channel?.addressKind ?? .phone) != .phone {
                reader.fault("prefixes", "channel", "prefixes are for channels that go to numbers.")
            }
        }
        rule.domains =
            reader.list("domains", of: "a domain such as example.org") { text in
                var normal: [UInt8] = []
                let bytes = Array("x@\(text)".utf8)
                guard case .success = EmailAddress.check(bytes.span, into: &normal) else { return nil }
                return String(decoding: normal.dropFirst(2), as: UTF8.self)
            } ?? []
        if !rule.domains.isEmpty, !prefixes.isEmpty || (rule.channel?.addressKind ?? .email) != .email {
            reader.fault("domains", "channel", "domains are for email, and not together with prefixes.")
        }
    }

    private static func readProviders(_ reader: FieldReader, _ request: inout Request) {
        guard let items = reader.required("providers") else { return }
        guard let list = items.arrayValue, RouteRule.targetCount.contains(list.count) else {
            reader.fault("providers", "length", "providers must be a list of 1 to 16.")
            return
        }
        var isWeighted = false
        for item in list {
            if let name = item.stringValue {
                request.providers.append((name, 1))
            } else if let object = item.objectValue, let name = object["name"]?.stringValue,
                object.keys.allSatisfy({ $0 == "name" || $0 == "weight" })
            {
                let weight = object["weight"]?.intValue
                isWeighted = isWeighted || weight != nil
                guard object["weight"] == nil || weight.map({ (0...10_000).contains($0) }) == true else {
                    reader.fault("providers", "range", "A provider's weight must be a whole number from 0 to 10000.")
                    return
                }
                request.providers.append((name, Int32(weight ?? 1)))
            } else {
                reader.fault("providers", "type", "A provider is a name, or an object of name and weight.")
                return
            }
        }
        let choice = reader.choice("choice", of: TargetChoice.self)
        request.rule.choice = choice ?? (isWeighted ? .weight : .order)
        if isWeighted, request.rule.choice != .weight {
            reader.fault("choice", "either", "Weights go with the choice weight.")
        }
        if Set(request.providers.map(\.name)).count != list.count {
            reader.fault("providers", "choice", "A provider is named twice.")
        }
        if request.rule.choice == .weight, !request.providers.contains(where: { $0.weight > 0 }) {
            reader.fault("providers", "range", "At least one provider must have a weight above 0.")
        }
    }

    private static func readSender(_ reader: FieldReader, _ rule: inout RouteRule) {
        guard let from = reader.text("from", max: 320) else { return }
        if rule.channel == .sms, SenderRegistration.isName(from), from.utf8.count > 11 {
            reader.fault("from", "length", "A name as sender of SMS has 11 characters at most.")
        }
        rule.from = from
    }

    private static func readAlternates(_ reader: FieldReader, _ rule: inout RouteRule) {
        rule.alternates = reader.list("then", of: "a channel") { Channel(rawValue: $0) } ?? []
        if Set(rule.alternates).count != rule.alternates.count
            || rule.channel.map({ rule.alternates.contains($0) }) == true
        {
            reader.fault("then", "choice", "then takes other channels than the route's own, each once.")
        }
        guard let seconds = reader.integer("wait_seconds", in: 1...86_400) else { return }
        if rule.alternates.isEmpty { reader.fault("wait_seconds", "either", "wait_seconds goes with then.") }
        rule.wait = .seconds(seconds)
    }
}
