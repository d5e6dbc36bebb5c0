import Domain
import Storage

/// What a source may send, as people type and read it.
enum UseInput {
    enum Content: String, CaseIterable {
        case template, raw
    }

    static let options: [Option] = [
        .tenant,
        .value("category", "C,…", "otp, transactional, alert, marketing; without it all"),
        .value("channel", "CHANNEL,…", "sms, email, push, whatsapp, voice, chat, inapp; without it all"),
        .value("priority", "P,…", "critical, high, normal, low; without it all"),
        .value("template", "NAME,…", "these templates; without it all"),
        .value("country", "CC,…", "to these countries, such as SG; without it everywhere"),
        .value("content", "HOW", "template (default), or raw: texts of its own too"),
    ]

    static func use(_ arguments: Arguments) throws -> PermittedUse {
        var use = PermittedUse()
        use.categories = Set(
            try arguments.list("category").map { try Arguments.word($0, of: Category.self, in: "--category") })
        use.channels = Set(
            try arguments.list("channel").map { try Arguments.word($0, of: Channel.self, in: "--channel") })
        use.priorities = Set(
            try arguments.list("priority").map { word in
                guard let priority = Priority(word: word.lowercased()) else {
                    throw CommandError.usage("--priority is one of critical, high, normal, low, not “\(word)”.")
                }
                return priority
            })
        use.templates = Set(try arguments.list("template").map { try Arguments.name($0) })
        use.countries = Set(try arguments.list("country").map { try Arguments.country($0, in: "--country") })
        use.allowsRaw = try arguments.word("content", of: Content.self) == .raw
        return use
    }

    /// `otp, alert by sms to SG, texts of its own too`.
    static func text(_ use: PermittedUse) -> String {
        func list(_ words: [String]) -> String { words.joined(separator: ", ") }
        var text =
            use.categories.isEmpty
            ? "everything" : list(Category.allCases.filter(use.categories.contains).map(\.rawValue))
        if !use.channels.isEmpty {
            text += " by " + list(Channel.allCases.filter(use.channels.contains).map(\.rawValue))
        }
        if !use.priorities.isEmpty { text += " as " + list(use.priorities.sorted().map(\.word)) }
        if !use.templates.isEmpty { text += " with template " + list(use.templates.sorted()) }
        if !use.countries.isEmpty { text += " to " + list(use.countries.map(\.code).sorted()) }
        return text + (use.allowsRaw ? ", texts of its own too" : "")
    }
}
