import Domain
import HTTPServer
import Jobs
import Storage

/// `POST /v1/templates/{name}/render`: what a recipient with these data would read. Nothing of it is kept.
enum RenderTemplate {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let (version, locale, data) = try await call.optionalFields { reader in
            (
                reader.integer("version", in: 1...Int64(Int32.max)), reader.text("locale", max: 35) ?? "",
                reader.object("data") ?? JSONObject()
            )
        }
        let stored = try await TemplateView.stored(call, version: version)
        let template = try MessageTemplate(json: JSON.parse(stored.content))
        let content = try template.compiled()[template.content(for: locale)]
        try refuseMissing(content, data)

        let settings = RenderSettings(now: call.now.micros / 1_000_000)
        func rendered(_ template: Template) throws -> [UInt8] {
            var out: [UInt8] = []
            do { try template.render(data: data, settings: settings, into: &out) } catch {
                throw Problem.invalid("/data", "render", "The template can't be rendered with these data: \(error).")
            }
            return out
        }
        var parts = JSONObject()
        if let subject = content.subject {
            var bytes = try rendered(subject)
            HeaderText.fold(&bytes, from: 0)
            parts["subject"] = text(bytes)
        }
        for (name, part) in [("title", content.title), ("text", content.text), ("html", content.html)] {
            if let part { parts[name] = text(try rendered(part)) }
        }
        if !content.data.isEmpty {
            var entries = JSONObject()
            for entry in content.data { entries[entry.key] = text(try rendered(entry.value)) }
            parts["data"] = .object(entries)
        }
        return .json([
            "name": .string(stored.name), "version": .int(stored.version), "channel": .string(stored.channel.rawValue),
            "locale": .string(content.locale), "parts": .object(parts),
            "segments": stored.channel == .sms ? segments(parts["text"]?.stringValue ?? "") : .null,
        ])
    }

    private static func refuseMissing(_ content: CompiledContent, _ data: JSONObject) throws {
        let faults = FieldReader.Faults()
        for field in content.fields where field.isRequired {
            switch data[field.name] {
            case nil, .null?, .string("")?:
                faults.add(
                    "/data/\(field.name)", "field_missing", "The template needs the field “\(field.name)” in data.")
            default: break
            }
        }
        try faults.throwIfAny()
    }

    private static func text(_ bytes: [UInt8]) -> JSON { .string(String(decoding: bytes, as: UTF8.self)) }

    private static func segments(_ text: String) -> JSON {
        let bytes = Array(text.utf8)
        let count = SegmentCount(of: bytes.span)
        return [
            "encoding": .string(count.encoding.rawValue), "units": .int(Int64(count.units)),
            "count": .int(Int64(count.segments)),
        ]
    }
}
