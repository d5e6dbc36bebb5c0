/// Parses a whole template to a tree.
struct TemplateParser {
    /// Blocks inside blocks, as in python-liquid.
    static let nestingLimit = 30
    /// Loops inside loops.
    static let loopLimit = 27
    static let sizeLimit = 1 << 20

    private let source: TemplateSource
    private var tokens: [TemplateToken]
    private var position = 0
    private var depth = 0
    private var loops = 0
    private(set) var names = NameTable()

    static func parse(_ source: TemplateSource) throws(TemplateError) -> (nodes: [TemplateNode], names: NameTable) {
        guard source.scalars.count <= sizeLimit else {
            throw source.error("the template is longer than \(sizeLimit) characters; shorten it", at: 0)
        }
        var parser = TemplateParser(source: source, tokens: try TemplateLexer.tokens(of: source))
        var nodes: [TemplateNode] = []
        while parser.position < parser.tokens.count {
            if let node = try parser.node() { nodes.append(node) }
        }
        return (nodes, parser.names)
    }

    private init(source: TemplateSource, tokens: [TemplateToken]) {
        self.source = source
        self.tokens = tokens
    }

    private var current: TemplateToken? { position < tokens.count ? tokens[position] : nil }

    /// One piece of text, output or tag with all that belongs to it; nil for what prints and does nothing.
    private mutating func node() throws(TemplateError) -> TemplateNode? {
        guard let token = current else { return nil }
        position += 1
        switch token.kind {
        case .content(let text): return .text(text)
        case .output(let range):
            var parser = try ExpressionParser(source, in: range)
            return .output(try parser.filtered(&names), at: token.offset)
        case .tag(let name, let range): return try tag(name, range, at: token.offset)
        }
    }

    private mutating func tag(
        _ name: String, _ range: Range<Int>?, at offset: Int
    ) throws(TemplateError) -> TemplateNode? {
        switch name {
        case "if", "unless": return try choice(name, try inside(name, range, offset), at: offset)
        case "case": return try cases(try inside(name, range, offset), at: offset)
        case "for": return try loop(try inside(name, range, offset), at: offset)
        case "capture": return try capture(try inside(name, range, offset), at: offset)
        case "assign": return try assign(try inside(name, range, offset), at: offset)
        case "echo":
            var parser = try inside(name, range, offset)
            return .output(try parser.filtered(&names), at: offset)
        case "increment", "decrement":
            var parser = try inside(name, range, offset)
            let counter = names.place(of: try parser.identifier())
            return name == "increment" ? .increment(counter) : .decrement(counter)
        case "cycle": return try cycle(try inside(name, range, offset), at: offset)
        case "break", "continue":
            guard range == nil else { throw source.error("'\(name)' takes nothing behind it", at: offset) }
            guard loops > 0 else { throw source.error("'\(name)' stands outside of a for loop; remove it", at: offset) }
            return name == "break" ? .breakLoop : .continueLoop
        case "#":
            try checkInlineComment(range)
            return nil
        default: throw source.error(Self.unknownTag(name), at: offset)
        }
    }

    private static func unknownTag(_ name: String) -> String {
        if name.hasPrefix("end") { return "'\(name)' closes nothing; remove it or open its tag before" }
        switch name {
        case "else", "elsif", "when": return "'\(name)' stands outside of its tag; open if, unless, case or for before"
        case "raw": return "this raw block is never closed; add {% endraw %}"
        case "doc": return "this doc block is never closed; add {% enddoc %}"
        case "include", "render", "layout", "tablerow", "ifchanged", "liquid":
            return "the tag '\(name)' is not supported in messages"
        default: return "there is no tag '\(name)'"
        }
    }

    private func inside(_ name: String, _ range: Range<Int>?, _ offset: Int) throws(TemplateError) -> ExpressionParser {
        guard let range else { throw source.error("something is missing behind '\(name)'", at: offset) }
        return try ExpressionParser(source, in: range)
    }

    /// Every further line of `{% # … %}` starts with `#` too.
    private func checkInlineComment(_ range: Range<Int>?) throws(TemplateError) {
        var at = range?.lowerBound ?? 0
        while let range, at < range.upperBound {
            defer { at += 1 }
            guard source.scalars[at] == "\n" else { continue }
            let next = source.skipSpace(at)
            guard next >= range.upperBound || source.scalars[next] == "#" else {
                throw source.error("every line of a comment in a tag starts with '#'", at: next)
            }
        }
    }

    // MARK: Blocks

    /// Nodes up to one of the tags in `ends`, which stays the current token.
    private mutating func block(_ ends: Set<String>, of name: String, at offset: Int) throws(TemplateError)
        -> TemplateBlock
    {
        depth += 1
        guard depth <= Self.nestingLimit else {
            throw source.error("blocks are nested deeper than \(Self.nestingLimit); use fewer", at: offset)
        }
        var nodes: [TemplateNode] = []
        while let token = current {
            if let tag = token.tagName, ends.contains(tag) {
                depth -= 1
                return TemplateBlock(nodes)
            }
            if let node = try node() { nodes.append(node) }
        }
        throw source.error("'\(name)' is never closed; add {% end\(name) %}", at: offset)
    }

    /// Steps over the closing tag, which takes nothing behind it.
    private mutating func close(_ name: String, at offset: Int) throws(TemplateError) {
        guard let token = current, token.tagName == name else {
            throw source.error("{% \(name) %} is missing", at: current?.offset ?? offset)
        }
        try refuseExpression(token)
        position += 1
    }

    private func refuseExpression(_ token: TemplateToken) throws(TemplateError) {
        if case .tag(let name, .some) = token.kind {
            throw source.error("'\(name)' takes nothing behind it", at: token.offset)
        }
    }

    private mutating func choice(
        _ name: String, _ first: ExpressionParser, at offset: Int
    ) throws(TemplateError) -> TemplateNode {
        let end = "end" + name
        let stops: Set<String> = [end, "elsif", "else"]
        var parser = first
        var isNegated = name == "unless"
        var armOffset = offset
        var arms: [TemplateNode.Arm] = []
        while true {
            let condition = try parser.condition(&names)
            let block = try block(stops, of: name, at: offset)
            arms.append(TemplateNode.Arm(condition: condition, isNegated: isNegated, block: block, offset: armOffset))
            guard let token = current, case .tag("elsif", let range) = token.kind else { break }
            position += 1
            parser = try inside("elsif", range, token.offset)
            isNegated = false
            armOffset = token.offset
        }
        var otherwise: TemplateBlock?
        if current?.tagName == "else" {
            position += 1
            otherwise = try block(stops, of: name, at: offset)
            // Whatever follows a first else is never reached: it is skipped unread.
            while let token = current, token.tagName != end { position += 1 }
        }
        try close(end, at: offset)
        return .choice(arms, otherwise: otherwise)
    }

    private mutating func cases(_ head: ExpressionParser, at offset: Int) throws(TemplateError) -> TemplateNode {
        var parser = head
        let left = try parser.primitive(&names)
        try parser.expectEnd()
        while let token = current, token.tagName == nil { position += 1 }
        let stops: Set<String> = ["endcase", "when", "else"]
        var arms: [TemplateNode.CaseArm] = []
        while let token = current, case .tag(let name, let range) = token.kind, name != "endcase" {
            var values: [Expression]?
            switch name {
            case "else": try refuseExpression(token)
            case "when":
                var parser = try inside(name, range, token.offset)
                values = try whenValues(&parser)
            default: throw source.error("'\(name)' can't stand between case and when", at: token.offset)
            }
            position += 1
            let block = try block(stops, of: "case", at: offset)
            arms.append(TemplateNode.CaseArm(values: values, block: block, offset: token.offset))
        }
        try close("endcase", at: offset)
        return .cases(left, arms, at: offset)
    }

    /// Values joined by commas or `or`. What cannot be read behind a comma is left out.
    private mutating func whenValues(_ parser: inout ExpressionParser) throws(TemplateError) -> [Expression] {
        var values = [try parser.primitive(&names)]
        while parser.kind == .comma || parser.kind == .keyword("or") {
            parser.advance()
            guard let value = try? parser.primitive(&names) else { break }
            values.append(value)
        }
        return values
    }

    private mutating func loop(_ head: ExpressionParser, at offset: Int) throws(TemplateError) -> TemplateNode {
        var parser = head
        let loop = try loopHead(&parser)
        loops += 1
        guard loops <= Self.loopLimit else {
            throw source.error("loops are nested deeper than \(Self.loopLimit); use fewer", at: offset)
        }
        let body = try block(["endfor", "else"], of: "for", at: offset)
        loops -= 1
        var otherwise: TemplateBlock?
        if let token = current, token.tagName == "else" {
            try refuseExpression(token)
            position += 1
            otherwise = try block(["endfor"], of: "for", at: offset)
        }
        try close("endfor", at: offset)
        return .loop(loop, body, otherwise: otherwise, at: offset)
    }

    private mutating func loopHead(_ parser: inout ExpressionParser) throws(TemplateError) -> LoopHead {
        let name = try parser.identifier()
        guard parser.take(.keyword("in")) else {
            throw parser.error("'in' is missing: a loop is written for x in items")
        }
        let start = parser.position
        let items = try parser.primitive(&names)
        let key = "\(name)-\(parser.text(from: start))"
        var head = LoopHead(variable: names.place(of: name), key: key, items: items)
        _ = parser.take(.comma)
        while parser.kind != .end {
            switch parser.kind {
            case .keyword("reversed"):
                parser.advance()
                head.isReversed = true
            case .keyword("limit"): head.limit = try argument(&parser)
            case .keyword("cols"): _ = try argument(&parser)
            case .keyword("offset"):
                head.offset = nil
                head.continues = parser.nextKind == .colon && parser.continues
                if head.continues { parser.advance(by: 3) } else { head.offset = try argument(&parser) }
                if case .text("continue") = head.offset {
                    head.offset = nil
                    head.continues = true
                }
            case .comma:
                parser.advance()
                guard parser.kind != .comma else { throw parser.error("'limit', 'offset' or 'reversed' is missing") }
            default: throw parser.error("only 'limit: …', 'offset: …' and 'reversed' can stand here")
            }
        }
        return head
    }

    private mutating func argument(_ parser: inout ExpressionParser) throws(TemplateError) -> Expression {
        parser.advance()
        try parser.expect(.colon, "a colon is missing here")
        return try parser.primitive(&names)
    }

    private mutating func capture(_ head: ExpressionParser, at offset: Int) throws(TemplateError) -> TemplateNode {
        var parser = head
        let name = names.place(of: try parser.identifier())
        try parser.expectEnd()
        let block = try block(["endcapture"], of: "capture", at: offset)
        try close("endcapture", at: offset)
        return .capture(name, block)
    }

    private mutating func assign(_ head: ExpressionParser, at offset: Int) throws(TemplateError) -> TemplateNode {
        var parser = head
        let name = names.place(of: try parser.identifier(allowQuestionMark: false))
        try parser.expect(.operation("="), "'=' is missing: write assign name = value")
        return .assign(name, try parser.filtered(&names), at: offset)
    }

    private mutating func cycle(_ head: ExpressionParser, at offset: Int) throws(TemplateError) -> TemplateNode {
        var parser = head
        var group: Expression?
        if parser.nextKind == .colon {
            group = try parser.primitive(&names)
            try parser.expect(.colon, "a colon is missing here")
        }
        var values: [Expression] = []
        while true {
            _ = parser.take(.comma)
            if parser.kind == .end { break }
            values.append(try parser.primitive(&names))
        }
        guard !values.isEmpty else { throw source.error("cycle needs at least one value", at: offset) }
        return .cycle(group: group, values, at: offset)
    }
}
