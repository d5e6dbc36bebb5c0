import Domain
import Ingest

/// `herald tool render`: a template rendered with each line's JSON object.
struct RenderTool {
    private let template: Template
    private let settings: RenderSettings
    private var rendered: [UInt8] = []

    init(path: String, isHTML: Bool, now: Timestamp) throws {
        let text = try ImportSource.text(path)
        do throws(TemplateError) {
            template = try Template(text, escaping: isHTML ? .html : .plain)
        } catch {
            throw CommandError.failed("\(path), \(error)\n\(TemplateExcerpt(text, error).text)")
        }
        settings = RenderSettings(now: now.micros / 1_000_000)
    }

    /// Appends the message as a JSON string, or `null` where there is none; then says why.
    mutating func judge(_ line: Span<UInt8>, into output: inout [UInt8]) -> String? {
        let data: JSONObject
        do throws(JSONError) {
            guard let object = try JSON.parse(line).objectValue else { throw JSONError(.notAnObject, at: 0) }
            data = object
        } catch {
            ToolLine.append("null", to: &output)
            return "column \(error.position(in: line).column): \(error.reason.rawValue)"
        }
        rendered.removeAll(keepingCapacity: true)
        do throws(RenderError) {
            try template.render(data: data, settings: settings, into: &rendered)
        } catch {
            ToolLine.append("null", to: &output)
            return "template \(error)"
        }
        JSONText.appendQuoted(rendered.span, into: &output)
        return nil
    }
}
