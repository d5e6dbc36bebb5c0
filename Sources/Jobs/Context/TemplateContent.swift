import Domain
import Ingest
import Storage
import Synchronization

/// A template bound to a file's columns: writes each recipient's message in the language that suits.
package final class TemplateContent: MessageRenderer {
    /// By the number that the template gives each locale's content.
    private let contents: [BoundContent]
    private let fallback: Int
    /// Nil where there is nothing to choose from.
    private let localeColumn: Int?
    private let chooser: Mutex<LocaleChooser>
    private let template: MessageTemplate
    private let variants: [Channel: TemplateContent]

    fileprivate init(
        _ template: MessageTemplate, _ compiled: [CompiledContent], variants: [Channel: TemplateContent] = [:],
        columns: [String], localeColumn: Int?, settings: RenderSettings
    ) throws(TemplateError) {
        self.template = template
        self.variants = variants
        var contents: [BoundContent] = []
        for content in compiled { contents.append(try content.bind(columns: columns, settings: settings)) }
        self.contents = contents
        fallback = template.content(for: "")
        self.localeColumn = contents.count > 1 ? localeColumn : nil
        chooser = Mutex(LocaleChooser(template))
    }

    package func render(
        _ recipient: Int, of body: borrowing ShardBody, for channel: Channel, into bytes: inout [UInt8]
    ) throws(ContentError) -> RenderedParts {
        if let own = variants[channel] { return try own.render(recipient, of: body, for: channel, into: &bytes) }
        let text = body.bytes.span
        let fields = body.fields.span.extracting(body.fieldRange(of: recipient))
        let content = contents[place(text, fields)]
        var parts = RenderedParts()
        do throws(RenderError) {
            var start = bytes.count
            // Of another channel's message only the text is shown.
            let isOwn = channel == template.channel
            if isOwn { try content.renderSubject(bytes: text, fields: fields, into: &bytes) }
            parts.subject = FieldRange(start: start, count: bytes.count - start)
            start = bytes.count
            try content.renderText(bytes: text, fields: fields, into: &bytes)
            parts.text = FieldRange(start: start, count: bytes.count - start)
            start = bytes.count
            if isOwn { try content.renderRich(bytes: text, fields: fields, into: &bytes) }
            parts.rich = FieldRange(start: start, count: bytes.count - start)
        } catch {
            throw ContentError(reason: "render_failed")
        }
        if channel == .sms {
            parts.segments = Int32(SegmentCount(of: bytes.span.extracting(parts.text.range)).segments)
        }
        return parts
    }

    package func writes(_ channel: Channel) -> Bool { template.writes(channel) }

    /// The column of the first field that the message needs and the row does not fill.
    func missing(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int? {
        contents[place(text, fields)].missingField(fields: fields)
    }

    private func place(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int {
        guard let localeColumn, localeColumn < fields.count else { return fallback }
        let locale = fields[localeColumn].range
        return chooser.withLock { $0.content(for: text.extracting(locale)) }
    }
}

extension TemplateContent {
    /// A stored template, compiled but not yet bound to the columns of a file.
    package struct Source: RequiredFields {
        private let template: MessageTemplate
        private let compiled: [CompiledContent]
        private let variants: [Channel: [CompiledContent]]
        private let settings: RenderSettings

        package init(_ stored: TemplateVersion, now: Timestamp = .now) throws {
            template = try MessageTemplate(json: JSON.parse(stored.content))
            compiled = try template.compiled(isVerbatim: VerbatimTemplate.isOne(stored.name))
            variants = try template.variants.mapValues { try $0.compiled() }
            settings = RenderSettings(now: now.micros / 1_000_000)
        }

        package func bind(_ columns: ColumnsRecord) throws(IngestError) -> TemplateContent {
            try content(for: columns.names, localeColumn: columns.place(of: .locale))
        }

        package func bind(columns: [UploadColumn]) throws(IngestError) -> any RequiredFieldCheck {
            Check(content: try content(for: columns))
        }

        func content(for columns: [UploadColumn]) throws(IngestError) -> TemplateContent {
            try content(for: columns.map(\.name), localeColumn: columns.firstIndex { $0.role == .locale })
        }

        private func content(for names: [String], localeColumn: Int?) throws(IngestError) -> TemplateContent {
            do {
                var variants: [Channel: TemplateContent] = [:]
                for (channel, compiled) in self.variants {
                    guard let own = template.variants[channel] else { continue }
                    variants[channel] = try TemplateContent(
                        own, compiled, columns: names, localeColumn: localeColumn, settings: settings)
                }
                return try TemplateContent(
                    template, compiled, variants: variants, columns: names, localeColumn: localeColumn,
                    settings: settings)
            } catch {
                throw .templateNeeds(reason: error.message)
            }
        }
    }

    private struct Check: RequiredFieldCheck {
        let content: TemplateContent

        func firstMissing(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int? { content.missing(text, fields) }
    }
}
