import Domain
import Storage

/// The options of `route add` as a rule.
enum RouteInput {
    static let options: [Option] = [
        .value("providers", "A,B,…", "1 to 16; the first is tried first"),
        .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp; without it all"),
        .value("tenant", "T", "only for this tenant"),
        .value("source", "S,…", "only for what these systems send"),
        .value("category", "C,…", "otp, transactional, alert, marketing"),
        .value("priority", "P,…", "critical, high, normal, low"),
        .value("prefix", "DIGITS,…", "only for numbers that begin so, such as +65123"),
        .value("country", "CC,…", "only for recipients in these countries, such as SG"),
        .value("domain", "DOMAIN,…", "only for addresses of these domains and those below them"),
        .value("order", "N", "the lowest that fits decides (default 100)"),
        .value("choice", "HOW", "which provider is first: order (default), weight, cheapest, healthiest"),
        .value("weights", "80,20", "one for each provider; 0 is for fallback alone"),
        .value("from", "SENDER", "the name or number that is shown (default: `herald sender`)"),
        .value("then", "CHANNEL,…", "other channels that follow where no receipt comes"),
        .value("wait", "TIME", "how long to wait for the receipt, such as 30s (default 60s)"),
        .flag("disabled", "keep it, but don't route by it yet"),
    ]

    static func rule(_ arguments: Arguments, _ names: RouteNames) throws -> RouteRule {
        var rule = RouteRule(targets: [])
        rule.channel = try arguments.word("channel", of: Channel.self)
        rule.tenant = try arguments.text("tenant").map(names.tenant)
        try readSources(arguments, names, into: &rule)
        rule.categories = try arguments.list("category").map {
            try Arguments.word($0, of: Category.self, in: "--category")
        }
        rule.priorities = try arguments.list("priority").map { word in
            guard let priority = Priority(word: word.lowercased()) else {
                throw CommandError.usage("--priority is one of critical, high, normal, low, not “\(word)”.")
            }
            return priority
        }
        rule.countries = try arguments.list("country").map { try Arguments.country($0, in: "--country") }
        try readAddresses(arguments, into: &rule)
        rule.order = try arguments.integer("order", in: RouteRule.orders) ?? RouteRule.defaultOrder
        try readTargets(arguments, names, into: &rule)
        rule.from = try arguments.text("from").map { try sender($0, on: rule.channel, in: "--from") } ?? ""
        try readAlternates(arguments, into: &rule)
        rule.isEnabled = !arguments.has("disabled")
        return rule
    }

    /// A source says whose messages these are.
    private static func readSources(_ arguments: Arguments, _ names: RouteNames, into rule: inout RouteRule) throws {
        for name in try arguments.list("source") {
            let source = try names.source(name, of: rule.tenant)
            rule.tenant = source.tenant
            rule.sources.append(source.id)
        }
    }

    private static func readAddresses(_ arguments: Arguments, into rule: inout RouteRule) throws {
        let prefixes = try arguments.list("prefix").map { text in
            guard let prefix = NumberPrefix(text) else {
                throw CommandError.usage(
                    "--prefix takes the first digits of international numbers such as 65 or +6512, not “\(text)”.")
            }
            return prefix
        }
        if !prefixes.isEmpty {
            guard (rule.channel?.addressKind ?? .phone) == .phone else {
                throw CommandError.usage("--prefix is for channels that go to numbers: sms, whatsapp, voice.")
            }
            rule.prefixes = prefixes
        }
        rule.domains = try arguments.list("domain").map(Arguments.domain)
        if !rule.domains.isEmpty {
            guard prefixes.isEmpty, (rule.channel?.addressKind ?? .email) == .email else {
                throw CommandError.usage("--domain is for email, and not together with --prefix.")
            }
        }
    }

    private static func readTargets(_ arguments: Arguments, _ names: RouteNames, into rule: inout RouteRule) throws {
        let providers = try arguments.required("providers").split(separator: ",", omittingEmptySubsequences: false)
            .map(\.trimmingBlanks)
        guard RouteRule.targetCount.contains(providers.count), Set(providers).count == providers.count,
            !providers.contains("")
        else {
            throw CommandError.usage("--providers takes 1 to 16 different names with commas between them.")
        }
        let weights = try arguments.list("weights").map { text in
            guard let weight = Int32(text), RouteRule.weights.contains(Int(weight)) else {
                throw CommandError.usage("--weights takes numbers from 0 to 10000 such as 80,20, not “\(text)”.")
            }
            return weight
        }
        let choice = try arguments.word("choice", of: TargetChoice.self)
        rule.choice = choice ?? (weights.isEmpty ? .order : .weight)
        guard weights.isEmpty || rule.choice == .weight else {
            throw CommandError.usage("--weights goes with --choice weight.")
        }
        guard weights.isEmpty || (weights.count == providers.count && weights.contains { $0 > 0 }) else {
            throw CommandError.usage("--weights takes one number for each provider, and at least one above 0.")
        }
        rule.targets = try providers.enumerated().map { place, name in
            RouteRule.Target(
                provider: try names.provider(name, for: rule.tenant), weight: weights.isEmpty ? 1 : weights[place])
        }
    }

    private static func readAlternates(_ arguments: Arguments, into rule: inout RouteRule) throws {
        rule.alternates = try arguments.list("then").map { try Arguments.word($0, of: Channel.self, in: "--then") }
        guard Set(rule.alternates).count == rule.alternates.count,
            rule.channel.map({ !rule.alternates.contains($0) }) ?? true
        else { throw CommandError.usage("--then takes other channels than the route's own, each once.") }
        guard let text = arguments.text("wait") else { return }
        guard !rule.alternates.isEmpty else { throw CommandError.usage("--wait goes with --then.") }
        let wait = try TimeText.duration(text)
        guard wait >= .seconds(1), wait <= .seconds(86_400) else {
            throw CommandError.usage("--wait is between 1s and 1d.")
        }
        rule.wait = wait
    }

    /// A sender as it is handed to providers: one line, and short enough for an SMS where it is for one.
    static func sender(_ text: String, on channel: Channel?, in place: String) throws -> String {
        let sender = text.trimmingBlanks
        guard (1...320).contains(sender.utf8.count),
            sender.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw CommandError.usage("\(place) takes one line of at most 320 characters.")
        }
        if channel == .sms, SenderRegistration.isName(sender), sender.utf8.count > 11 {
            throw CommandError.usage(
                "\(place): a name as sender of SMS has at most 11 characters, not \(sender.count).")
        }
        return sender
    }
}

extension Arguments {
    /// Words with commas between them; none where the option is missing.
    func list(_ option: String) throws -> [String] {
        guard let text = text(option) else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingBlanks)
        guard !words.contains("") else {
            throw CommandError.usage("--\(option) takes words with commas between them, not “\(text)”.")
        }
        return words
    }
}
