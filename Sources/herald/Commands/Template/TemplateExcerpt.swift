import Domain

/// The line of a template that an error is about, with a caret under the place.
struct TemplateExcerpt {
    private static let width = 100

    let text: String

    init(_ source: String, _ error: TemplateError) {
        let lines = source.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        guard lines.indices.contains(error.line - 1) else {
            text = ""
            return
        }
        let line = Array(lines[error.line - 1])
        let column = min(max(error.column - 1, 0), line.count)
        // Of a long line the part around the place.
        let start = max(0, min(column - Self.width / 2, line.count - Self.width))
        let shown = line[start..<min(line.count, start + Self.width)]
        let before = line[start..<column].map { $0 == "\t" ? "\t" : " " }.joined()
        text = "  \(String(shown))\n  \(before)^"
    }
}
