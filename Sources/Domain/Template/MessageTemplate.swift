/// One version of a message: for each locale the parts that its channel has, as Liquid source. Stored as one JSON
/// document, for example
/// `{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"},"de":{"text":"Hallo"}}}`.
package struct MessageTemplate: Sendable, Hashable {
    package let channel: Channel
    package let defaultLocale: String
    /// In the order they were written; the default locale is among them.
    package let contents: [MessageContent]
    /// What the message says on other channels, for those that follow its own or are chosen instead.
    package let variants: [Channel: MessageTemplate]
    private let places: [String: Int]

    package init(
        channel: Channel, defaultLocale: String, contents: [MessageContent],
        variants: [Channel: MessageTemplate] = [:]
    ) throws(MessageTemplateErrors) {
        var errors: [MessageTemplateError] = []
        var places: [String: Int] = [:]
        for (place, content) in contents.enumerated() {
            if !Self.isLocale(content.locale) {
                errors.append(.init("write the locale like en, de or pt-BR", locale: content.locale))
            }
            let key = Self.fold(content.locale)
            if places[key] != nil {
                errors.append(.init("this locale is there twice; keep one", locale: content.locale))
            }
            places[key] = place
            errors += content.problems(on: channel)
        }
        if places[Self.fold(defaultLocale)] == nil {
            errors.append(
                .init("the default locale has no content; add it or choose another default", locale: defaultLocale))
        }
        guard errors.isEmpty else { throw MessageTemplateErrors(errors: errors) }
        self.channel = channel
        self.defaultLocale = defaultLocale
        self.contents = contents
        self.variants = variants
        self.places = places
    }

    /// The content for a recipient's locale: `pt-BR`, else `pt`, else the template's default. Capitals don't count,
    /// and `pt_BR` is read like `pt-BR`.
    package func content(for locale: String) -> Int {
        var key = Self.fold(locale)[...]
        while !key.isEmpty {
            if let place = places[String(key)] { return place }
            guard let dash = key.lastIndex(of: "-") else { break }
            key = key[..<dash]
        }
        return places[Self.fold(defaultLocale)] ?? 0
    }

    /// The same for the bytes of a cell; an empty one means the default.
    package func content(for locale: Span<UInt8>) -> Int {
        // No locale is longer: what is, is none, and must not cost more than this look.
        guard locale.count <= 35 else { return content(for: "") }
        return content(for: String(copying: locale, 0..<locale.count))
    }

    /// Whether there is something to say on a channel: a text serves every channel but email, which has a subject.
    package func writes(_ other: Channel) -> Bool {
        if other == channel || variants[other] != nil { return true }
        return other != .email && contents.allSatisfy { $0.text != nil }
    }

    /// Every field that any locale's content reads, on any channel, required where one of them needs it.
    package func fields() throws(MessageTemplateErrors) -> [Template.Field] {
        var fields = try compiled().flatMap(\.fields)
        for channel in variants.keys.sorted(by: { $0.code < $1.code }) {
            fields += try variants[channel]?.fields() ?? []
        }
        return Template.Field.merged(fields)
    }

    /// The contents, parsed and compiled.
    package func compiled(isVerbatim: Bool = false) throws(MessageTemplateErrors) -> [CompiledContent] {
        var compiled: [CompiledContent] = []
        for content in contents { compiled.append(try CompiledContent(content, isVerbatim: isVerbatim)) }
        return compiled
    }

    private static func fold(_ locale: String) -> String {
        locale.lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
    }

    /// A language and perhaps a script, a region, a variant.
    private static func isLocale(_ text: String) -> Bool {
        let parts = fold(text).split(separator: "-", omittingEmptySubsequences: false)
        guard let language = parts.first, (2...8).contains(language.utf8.count), text.utf8.count <= 35 else {
            return false
        }
        return language.utf8.allSatisfy { $0 &- 0x61 < 26 }
            && parts.dropFirst().allSatisfy { part in
                (1...8).contains(part.utf8.count)
                    && part.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 }
            }
    }
}
