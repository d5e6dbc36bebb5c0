/// One locale's content, compiled part by part.
package struct CompiledContent: Sendable {
    package let locale: String
    package let subject: Template?
    package let title: Template?
    package let text: Template?
    package let html: Template?
    package let data: [(key: String, value: Template)]

    /// `isVerbatim`: what goes into the HTML is HTML already.
    init(_ content: MessageContent, isVerbatim: Bool = false) throws(MessageTemplateErrors) {
        func compile(
            _ part: MessageContent.Part, _ source: String?
        ) throws(MessageTemplateErrors) -> Template? {
            guard let source else { return nil }
            do throws(TemplateError) {
                return try Template(source, escaping: part == .html && !isVerbatim ? .html : .plain)
            } catch {
                throw MessageTemplateErrors(errors: [
                    MessageTemplateError(
                        error.message, locale: content.locale, part: part, line: error.line, column: error.column)
                ])
            }
        }
        locale = content.locale
        subject = try compile(.subject, content.subject)
        title = try compile(.title, content.title)
        text = try compile(.text, content.text)
        html = try compile(.html, content.html)
        var data: [(key: String, value: Template)] = []
        for entry in content.data {
            if let template = try compile(.data, entry.value) { data.append((entry.key, template)) }
        }
        self.data = data
    }

    private var templates: [Template] { [subject, title, text, html].compactMap { $0 } + data.map(\.value) }

    /// What all parts read, required where one of them needs it.
    package var fields: [Template.Field] { Template.Field.merged(templates.flatMap(\.fields)) }

    /// Ties all parts to the columns of a file.
    package func bind(columns: [String], settings: RenderSettings) throws(TemplateError) -> BoundContent {
        var data: [(key: String, value: BoundTemplate)] = []
        for entry in self.data {
            data.append((entry.key, try entry.value.bind(columns: columns, settings: settings)))
        }
        return BoundContent(
            subject: try subject?.bind(columns: columns, settings: settings),
            title: try title?.bind(columns: columns, settings: settings),
            text: try text?.bind(columns: columns, settings: settings),
            html: try html?.bind(columns: columns, settings: settings), data: data)
    }
}
