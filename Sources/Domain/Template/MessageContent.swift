/// What a message says in one locale, as Liquid source.
package struct MessageContent: Sendable, Hashable {
    /// A part of a message, by the name it is stored and reported under.
    package enum Part: String, Sendable, Hashable, CaseIterable {
        case subject, title, text, html, data
    }

    package var locale: String
    /// Email only.
    package var subject: String?
    /// Push only.
    package var title: String?
    package var text: String?
    /// Email only.
    package var html: String?
    /// Push only: the data object, its values in Liquid.
    package var data: [DataEntry]

    package struct DataEntry: Sendable, Hashable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package init(
        locale: String, subject: String? = nil, title: String? = nil, text: String? = nil, html: String? = nil,
        data: [DataEntry] = []
    ) {
        self.locale = locale
        self.subject = subject
        self.title = title
        self.text = text
        self.html = html
        self.data = data
    }

    /// Everything that keeps this content from being sent on a channel.
    func problems(on channel: Channel) -> [MessageTemplateError] {
        var problems: [MessageTemplateError] = []
        func needs(_ part: Part, _ source: String?) {
            if source.map(PythonText.isBlank) ?? true {
                problems.append(.init("\(channel.rawValue) needs a \(part.rawValue)", locale: locale, part: part))
            }
        }
        func refuses(_ part: Part, _ isThere: Bool) {
            if isThere {
                problems.append(
                    .init("\(channel.rawValue) has no \(part.rawValue); remove it", locale: locale, part: part))
            }
        }
        switch channel {
        case .email:
            needs(.subject, subject)
            if html == nil { needs(.text, text) }
        default: needs(.text, text)
        }
        if channel != .email {
            refuses(.subject, subject != nil)
            refuses(.html, html != nil)
        }
        if channel != .push {
            refuses(.title, title != nil)
            refuses(.data, !data.isEmpty)
        }
        for (part, source, escaping) in sources {
            do throws(TemplateError) {
                _ = try Template(source, escaping: escaping)
            } catch {
                problems.append(
                    .init(error.message, locale: locale, part: part, line: error.line, column: error.column))
            }
        }
        return problems
    }

    private var sources: [(Part, String, TemplateEscaping)] {
        var sources: [(Part, String, TemplateEscaping)] = []
        for (part, source) in [(Part.subject, subject), (.title, title), (.text, text), (.html, html)] {
            if let source { sources.append((part, source, part == .html ? .html : .plain)) }
        }
        return sources + data.map { (.data, $0.value, .plain) }
    }
}
