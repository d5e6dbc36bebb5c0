import Domain

/// A request part with placeholders (`{{to}}`), compiled once to literals and fields, filled for each
/// message without a String.
struct RequestTemplate: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case literal([UInt8])
        case field(MessageField, ByteEscaping)
    }

    private var pieces: [Piece] = []

    var isEmpty: Bool { pieces.isEmpty }

    var fields: [MessageField] {
        pieces.compactMap { piece in
            if case .field(let field, _) = piece { field } else { nil }
        }
    }

    mutating func append(literal bytes: some Sequence<UInt8>) {
        if case .literal(let before) = pieces.last {
            pieces[pieces.count - 1] = .literal(before + bytes)
        } else {
            pieces.append(.literal(Array(bytes)))
        }
    }

    mutating func append(field: MessageField, escaping: ByteEscaping) {
        pieces.append(.field(field, escaping))
    }

    /// Takes a text apart at its placeholders. The literal parts go through `escapeLiteral`.
    mutating func append(
        text: String, escaping: ByteEscaping, literal escapeLiteral: (Substring) -> [UInt8] = { Array($0.utf8) }
    ) throws(RequestTemplateError) {
        var rest = text[...]
        while let open = rest.range(of: "{{") {
            let before = rest[..<open.lowerBound]
            if !before.isEmpty { append(literal: escapeLiteral(before)) }
            rest = rest[open.upperBound...]
            guard let close = rest.range(of: "}}") else { throw .unclosed }
            let word = rest[..<close.lowerBound].trimming { $0 == " " }
            guard let field = MessageField(rawValue: String(word)) else { throw .unknownField(String(word)) }
            if field == .data && escaping != .none { throw .dataInsideText }
            append(field: field, escaping: escaping)
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { append(literal: escapeLiteral(rest)) }
    }

    func fill(_ out: inout RawBytes, _ message: MessageBatch.Message, _ source: RequestSource) {
        for piece in pieces {
            switch piece {
            case .literal(let bytes): out.append(bytes)
            case .field(let field, let escaping): source.append(field, of: message, escaping: escaping, to: &out)
            }
        }
    }
}

/// What is wrong with a template's text.
enum RequestTemplateError: Error, Equatable {
    case unclosed
    case unknownField(String)
    /// `{{data}}` is JSON and may only be a whole value of a JSON body.
    case dataInsideText

    var problem: String {
        switch self {
        case .unclosed: "has {{ without }}"
        case .unknownField(let word):
            "has the unknown placeholder {{\(word)}}; there are "
                + MessageField.allCases.map { "{{\($0.rawValue)}}" }.joined(separator: ", ")
        case .dataInsideText: "has {{data}} inside a text; it may only be a whole value of \"json\""
        }
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }

    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var result = drop(while: isTrimmed)
        while let last = result.last, isTrimmed(last) { result.removeLast() }
        return result
    }
}
