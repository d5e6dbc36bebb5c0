/// One thing that is wrong with a message template, and where.
package struct MessageTemplateError: Error, Hashable, Sendable {
    package let message: String
    package let locale: String?
    package let part: MessageContent.Part?
    /// One-based; 0 where the fault is no place in a part's text.
    package let line: Int
    package let column: Int

    package init(
        _ message: String, locale: String? = nil, part: MessageContent.Part? = nil, line: Int = 0, column: Int = 0
    ) {
        self.message = message
        self.locale = locale
        self.part = part
        self.line = line
        self.column = column
    }
}

extension MessageTemplateError: CustomStringConvertible {
    /// `de, subject, line 1, column 4: …`
    package var description: String {
        var places: [String] = []
        if let locale { places.append(locale) }
        if let part { places.append(part.rawValue) }
        if line > 0 { places.append("line \(line), column \(column)") }
        return places.isEmpty ? message : places.joined(separator: ", ") + ": " + message
    }
}

/// Everything that is wrong with a message template, never empty.
package struct MessageTemplateErrors: Error, Hashable, Sendable {
    package let errors: [MessageTemplateError]
}

extension MessageTemplateErrors: CustomStringConvertible {
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
