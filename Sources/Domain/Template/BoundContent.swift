/// One locale's content, tied to the columns of a file: renders the parts of a message that `MessageBatch` has.
package struct BoundContent: Sendable {
    private let subject: BoundTemplate?
    private let title: BoundTemplate?
    private let text: BoundTemplate?
    private let html: BoundTemplate?
    private let data: [(key: [UInt8], value: BoundTemplate)]
    /// The columns that no part can do without.
    package let requiredColumns: [Int]

    init(
        subject: BoundTemplate?, title: BoundTemplate?, text: BoundTemplate?, html: BoundTemplate?,
        data: [(key: String, value: BoundTemplate)]
    ) {
        self.subject = subject
        self.title = title
        self.text = text
        self.html = html
        self.data = data.map { key, value in
            var quoted: [UInt8] = []
            JSONText.appendQuoted(key, into: &quoted)
            return (quoted, value)
        }
        let parts = [subject, title, text, html].compactMap { $0 } + data.map(\.value)
        requiredColumns = Set(parts.flatMap(\.requiredColumns)).sorted()
    }

    /// The first column that is empty in this row and must not be.
    package func missingField(fields: Span<FieldRange>) -> Int? { fields.firstEmpty(of: requiredColumns) }

    /// Email: the subject, on one line. Push: the title. Otherwise nothing.
    package func renderSubject(
        bytes: Span<UInt8>, fields: Span<FieldRange>, into output: inout [UInt8]
    ) throws(RenderError) {
        if let title { return try title.render(bytes: bytes, fields: fields, into: &output) }
        guard let subject else { return }
        let start = output.count
        try subject.render(bytes: bytes, fields: fields, into: &output)
        HeaderText.fold(&output, from: start)
    }

    /// The text that every channel has; empty for an email that is only HTML.
    package func renderText(
        bytes: Span<UInt8>, fields: Span<FieldRange>, into output: inout [UInt8]
    ) throws(RenderError) {
        try text?.render(bytes: bytes, fields: fields, into: &output)
    }

    /// Email: the HTML body. Push: the data object as JSON. Otherwise nothing.
    package func renderRich(
        bytes: Span<UInt8>, fields: Span<FieldRange>, into output: inout [UInt8]
    ) throws(RenderError) {
        if let html { return try html.render(bytes: bytes, fields: fields, into: &output) }
        guard !data.isEmpty else { return }
        let start = output.count
        var value: [UInt8] = []
        output.append(0x7B)
        for (index, entry) in data.enumerated() {
            if index > 0 { output.append(0x2C) }
            output += entry.key
            output.append(0x3A)
            value.removeAll(keepingCapacity: true)
            do throws(RenderError) {
                try entry.value.render(bytes: bytes, fields: fields, into: &value)
            } catch {
                output.removeLast(output.count - start)
                throw error
            }
            JSONText.appendQuoted(value.span, into: &output)
        }
        output.append(0x7D)
    }
}
