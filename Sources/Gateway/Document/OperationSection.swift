import Domain

/// One operation on `/docs`: what it does, what it takes, what it answers, and how to call it with curl.
struct OperationSection {
    private let operation: APIDocument.Operation
    private let document: JSON

    init(_ operation: APIDocument.Operation, _ document: JSON) {
        self.operation = operation
        self.document = document
    }

    var html: String {
        let id = operation.json["operationId"]?.stringValue ?? ""
        var out = """
            <h3 id="\(HTML.anchor(id))"><span class="method">\(operation.method)</span><code>\(HTML.escaped(operation.path))</code></h3>
            <p><b>\(HTML.escaped(operation.json["summary"]?.stringValue ?? ""))</b>
            """
        if let scope = operation.json["x-scope"]?.stringValue {
            out += " <span class=\"scope\">scope \(HTML.escaped(scope))</span>"
        }
        out += "</p>" + HTML.paragraphs(operation.json["description"]?.stringValue ?? "")
        out += parameters
        out += "<pre>\(HTML.escaped(curl))</pre>"
        return out + answers
    }

    private var parameters: String {
        let all = (operation.json["parameters"]?.arrayValue ?? []).map { APIDocument.resolved($0, in: document) }
        guard !all.isEmpty else { return "" }
        var out = "<table><tr><th>parameter</th><th>in</th><th></th></tr>"
        for parameter in all {
            let name = HTML.escaped(parameter["name"]?.stringValue ?? "")
            let needed = parameter["required"]?.boolValue == true ? " (required)" : ""
            out += "<tr><td><code>\(name)</code>\(needed)</td><td>\(parameter["in"]?.stringValue ?? "")</td>"
            out += "<td>\(HTML.escaped(parameter["description"]?.stringValue ?? ""))</td></tr>"
        }
        return out + "</table>"
    }

    private var body: (type: String, example: JSON?)? {
        guard let content = operation.json["requestBody"]?["content"]?.objectValue, let type = content.keys.first else {
            return nil
        }
        return (type, example(content.values[0]))
    }

    private func example(_ media: JSON) -> JSON? {
        if let example = media["example"] { return example }
        if let first = media["examples"]?.objectValue?.values.first { return first["value"] }
        return media["schema"].flatMap {
            APIDocument.resolved($0, in: document)["examples"]?.arrayValue?.first
        }
    }

    private var curl: String {
        var path = operation.path
        for parameter in operation.json["parameters"]?.arrayValue ?? [] {
            let parameter = APIDocument.resolved(parameter, in: document)
            guard let name = parameter["name"]?.stringValue, let example = parameter["example"] else { continue }
            let text = example.stringValue ?? example.text
            if parameter["in"]?.stringValue == "path" { path = path.replacing("{\(name)}", with: text) }
            if parameter["in"]?.stringValue == "query", parameter["required"]?.boolValue == true {
                path += (path.contains("?") ? "&" : "?") + "\(name)=\(text.replacing("+", with: "%2B"))"
            }
        }
        var lines = ["curl\(operation.method == "GET" ? "" : " -X \(operation.method)") \"$HERALD\(path)\""]
        if operation.json["security"]?.arrayValue?.isEmpty != true {
            lines.append("  -H \"Authorization: Bearer $KEY\"")
        }
        if let body {
            lines.append("  -H 'Content-Type: \(body.type)'")
            if let example = body.example {
                let text = (example.stringValue ?? example.text).replacing("'", with: "'\\''")
                lines.append("  -d '\(text)'")
            }
        }
        return lines.joined(separator: " \\\n")
    }

    private var answers: String {
        var out = "<table><tr><th>answer</th><th></th></tr>"
        var shown: JSON?
        for (status, response) in operation.json["responses"]?.objectValue ?? JSONObject() {
            let response = APIDocument.resolved(response, in: document)
            out += "<tr><td>\(status)</td><td>\(HTML.escaped(response["description"]?.stringValue ?? ""))</td></tr>"
            if shown == nil, status.hasPrefix("2"), let media = response["content"]?.objectValue?.values.first {
                shown = example(media)
            }
        }
        out += "</table>"
        guard let shown else { return out }
        return out
            + "<details><summary>An answer</summary><pre>\(HTML.escaped(shown.stringValue ?? shown.text))</pre></details>"
    }
}
