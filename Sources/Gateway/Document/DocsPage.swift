import Domain

/// `/docs`: the OpenAPI document as one page that needs no network and no script. Made from the document alone, so that
/// it can't say anything else.
struct DocsPage {
    private let document: JSON

    init(_ document: JSON) { self.document = document }

    var html: String {
        let operations = APIDocument.operations(document)
        let tags = (document["tags"]?.arrayValue ?? []).compactMap { tag in
            tag["name"]?.stringValue.map { (name: $0, text: tag["description"]?.stringValue ?? "") }
        }
        var out = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width"><style>\(DocsStyle.css)</style></head><body>
            <h1>\(title)</h1>\(HTML.paragraphs(document["info"]?["description"]?.stringValue ?? ""))
            <p>The same as a file for programs: <a href="/openapi.json">openapi.json</a></p><nav><ul>
            """
        for tag in tags { out += "<li><a href=\"#\(HTML.anchor(tag.name))\">\(HTML.escaped(tag.name))</a></li>" }
        out += "<li><a href=\"#problems\">Problems</a></li></ul></nav>"
        for tag in tags {
            out += "<h2 id=\"\(HTML.anchor(tag.name))\">\(HTML.escaped(tag.name))</h2>\(HTML.paragraphs(tag.text))"
            for operation in operations where operation.json["tags"]?.arrayValue?.first?.stringValue == tag.name {
                out += OperationSection(operation, document).html
            }
        }
        return out + problems + "</body></html>\n"
    }

    private var title: String { HTML.escaped(document["info"]?["title"]?.stringValue ?? "API") }

    /// All that can go wrong, where the `type` of a problem points.
    private var problems: String {
        var out = """
            <h2 id="problems">Problems</h2><p>A request that was not done is answered with <code>application/problem+json</code>
            (RFC 9457). Its <code>type</code> is one of these; <code>errors</code> names each field that is wrong with the rule
            it breaks.</p><table><tr><th>type</th><th>status</th><th>title</th><th>what to do</th></tr>
            """
        for kind in Problem.Kind.allCases {
            out += """
                <tr id="\(kind.rawValue)"><td><code>/docs#\(kind.rawValue)</code></td><td>\(kind.status)</td>\
                <td>\(HTML.escaped(kind.title))</td><td>\(HTML.escaped(kind.advice))</td></tr>
                """
        }
        return out + "</table>"
    }
}

/// Text on its way into the page.
enum HTML {
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Of the little Markdown that the document has: paragraphs, and `code`.
    static func paragraphs(_ text: String) -> String {
        text.split(separator: "\n\n").map { paragraph in
            let parts = escaped(String(paragraph)).split(separator: "`", omittingEmptySubsequences: false)
            let line = parts.enumerated().map { $0 % 2 == 1 ? "<code>\($1)</code>" : String($1) }.joined()
            return "<p>\(line)</p>"
        }.joined()
    }

    static func anchor(_ text: String) -> String {
        String(text.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }
}
