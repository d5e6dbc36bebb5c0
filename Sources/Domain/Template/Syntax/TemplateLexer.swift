/// One piece of a template: text, `{{ … }}` or `{% … %}`.
struct TemplateToken: Sendable {
    enum Kind: Sendable {
        case content(String)
        /// The inside of the braces, trimmed.
        case output(Range<Int>)
        case tag(String, expression: Range<Int>?)
    }

    var kind: Kind
    /// Where it starts in the source; for a tag, where its name starts.
    var offset: Int

    var tagName: String? { if case .tag(let name, _) = kind { name } else { nil } }
}

/// Cuts a template into its pieces, follows the hyphens that trim white space, and drops comments.
struct TemplateLexer {
    private let source: TemplateSource
    private var at = 0
    private var trimsNext = false
    private var tokens: [TemplateToken] = []
    /// Once a closing mark was not found, none is found further on: unclosed marks must not cost a search each.
    private var exhausted: Set<String> = []

    static func tokens(of source: TemplateSource) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(source: source)
        while lexer.at < source.scalars.count { try lexer.next() }
        return lexer.tokens
    }

    private init(source: TemplateSource) { self.source = source }

    private mutating func next() throws(TemplateError) {
        if source.has(("{", "%"), at: at) {
            if takeRaw() { return }
            if let tag = tag(at: at) {
                if takeDoc(tag) { return }
                at = tag.end
                trimsNext = tag.trims
                if tag.name == "comment" { return try skipComment(tag) }
                let expression = tag.expression.isEmpty ? nil : tag.expression
                tokens.append(TemplateToken(kind: .tag(tag.name, expression: expression), offset: tag.nameAt))
                return
            }
            throw source.error("this tag has no name or is not closed; a tag is written {% name … %}", at: at)
        }
        if source.has(("{", "{"), at: at), try takeOutput() { return }
        takeContent()
    }

    /// False where the braces open nothing: a lone one before a tag is text.
    private mutating func takeOutput() throws(TemplateError) -> Bool {
        let start = at
        var inside = at + 2
        if inside < source.scalars.count, source.scalars[inside] == "-" { inside += 1 }
        guard let close = find("}}", from: inside) else {
            if source.has(("{", "%"), at: start + 1) || source.has(("{", "{"), at: start + 1) { return false }
            throw source.error("this output is not closed; write }} behind it", at: start)
        }
        trimsNext = close > inside && source.scalars[close - 1] == "-"
        at = close + 2
        let expression = trimmed(inside..<(trimsNext ? close - 1 : close))
        tokens.append(TemplateToken(kind: .output(expression), offset: start))
        return true
    }

    /// Text up to the next opening mark. A line feed that ends the template is a piece of its own, so a trim
    /// that meets text before it takes it away as well.
    private mutating func takeContent() {
        let start = at
        let end = source.scalars.count
        at += 1
        while at < end, !source.has(("{", "{"), at: at), !source.has(("{", "%"), at: at) {
            if at == end - 1, source.scalars[at] == "\n" { break }
            at += 1
        }
        var text = source.text(start..<at)
        if trimsNext { text = PythonText.lstrip(text) }
        let opensWithHyphen =
            at + 2 < end && source.scalars[at] == "{" && source.scalars[at + 2] == "-"
        if opensWithHyphen { text = PythonText.rstrip(text) }
        if !text.isEmpty { tokens.append(TemplateToken(kind: .content(text), offset: start)) }
    }

    private mutating func takeRaw() -> Bool {
        guard let opening = bareTag("raw", at: at),
            let closing = findTag("endraw", from: opening.end)
        else { return false }
        trimsNext = opening.trims
        let text = source.text(opening.end..<closing.start)
        tokens.append(TemplateToken(kind: .content(text), offset: at))
        at = closing.end
        return true
    }

    private mutating func takeDoc(_ tag: Tag) -> Bool {
        guard tag.name == "doc", tag.expression.isEmpty, let closing = findTag("enddoc", from: tag.end) else {
            return false
        }
        trimsNext = closing.trims
        at = closing.end
        return true
    }

    /// Steps over a comment; comments inside it count, raw blocks inside it hide what they hold.
    private mutating func skipComment(_ opening: Tag) throws(TemplateError) {
        var depth = 1
        while at < source.scalars.count {
            if source.has(("{", "%"), at: at) {
                if let raw = bareTag("raw", at: at), let end = findTag("endraw", from: raw.end) {
                    at = end.end
                    continue
                }
                if let tag = tag(at: at) {
                    at = tag.end
                    if tag.name == "comment" { depth += 1 }
                    if tag.name == "endcomment" { depth -= 1 }
                    if depth == 0 {
                        trimsNext = tag.trims
                        guard tag.expression.isEmpty else { break }
                        return
                    }
                    continue
                }
            }
            if source.has(("{", "{"), at: at), let close = find("}}", from: at + 2) {
                at = close + 2
                continue
            }
            at += 1
        }
        throw source.error("this comment is never closed; add {% endcomment %}", at: opening.nameAt)
    }

    private struct Tag {
        var name: String
        var nameAt: Int
        var expression: Range<Int>
        var trims: Bool
        var end: Int
    }

    private mutating func tag(at start: Int) -> Tag? {
        var nameAt = start + 2
        if nameAt < source.scalars.count, source.scalars[nameAt] == "-" { nameAt += 1 }
        nameAt = source.skipSpace(nameAt)
        guard nameAt < source.scalars.count else { return nil }
        let nameEnd = source.scalars[nameAt] == "#" ? nameAt + 1 : source.skipWord(nameAt)
        guard nameEnd > nameAt, let close = find("%}", from: nameEnd) else { return nil }
        let trims = close > nameEnd && source.scalars[close - 1] == "-"
        return Tag(
            name: source.text(nameAt..<nameEnd), nameAt: nameAt,
            expression: trimmed(nameEnd..<(trims ? close - 1 : close)), trims: trims, end: close + 2)
    }

    /// A tag of that name with nothing in it.
    private func bareTag(_ name: String, at start: Int) -> (start: Int, end: Int, trims: Bool)? {
        var at = start + 2
        if at < source.scalars.count, source.scalars[at] == "-" { at += 1 }
        at = source.skipSpace(at)
        for scalar in name.unicodeScalars {
            guard at < source.scalars.count, source.scalars[at] == scalar else { return nil }
            at += 1
        }
        at = source.skipSpace(at)
        let trims = at < source.scalars.count && source.scalars[at] == "-"
        if trims { at += 1 }
        guard source.has(("%", "}"), at: at) else { return nil }
        return (start, at + 2, trims)
    }

    private mutating func findTag(_ name: String, from: Int) -> (start: Int, end: Int, trims: Bool)? {
        guard !exhausted.contains(name) else { return nil }
        var at = from
        while at < source.scalars.count {
            if source.has(("{", "%"), at: at), let tag = bareTag(name, at: at) { return tag }
            at += 1
        }
        exhausted.insert(name)
        return nil
    }

    private mutating func find(_ mark: String, from: Int) -> Int? {
        guard !exhausted.contains(mark), let first = mark.unicodeScalars.first, let last = mark.unicodeScalars.last
        else { return nil }
        var at = from
        while at + 1 < source.scalars.count {
            if source.scalars[at] == first, source.scalars[at + 1] == last { return at }
            at += 1
        }
        exhausted.insert(mark)
        return nil
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, PythonText.isSpace(source.scalars[start]) { start += 1 }
        while end > start, PythonText.isSpace(source.scalars[end - 1]) { end -= 1 }
        return start..<end
    }
}
