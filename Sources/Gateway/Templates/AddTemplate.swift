import Domain
import HTTPServer
import Jobs
import Storage

/// `POST /v1/templates`: a new template, or a new version of one. What says the same as the newest version is not
/// stored again.
enum AddTemplate {
    static func handle(_ call: APICall) async throws -> HTTPResponse {
        let (name, template) = try await call.fields(read)
        let parties = call.parties
        let tenant = call.caller.tenant
        let existing = try await parties.template(tenant: tenant, name: name)
        if let existing {
            guard existing.channel == template.channel else {
                throw Problem.invalid(
                    "/channel", "channel",
                    "The template “\(name)” is for \(existing.channel.rawValue). Choose another name for another channel."
                )
            }
            if (try? JSON.parse(existing.content)) == template.toJSON() {
                return .json(try TemplateView.json(existing))
            }
        }
        do {
            let stored = try await parties.addTemplate(
                tenant: tenant, name: name, channel: template.channel, content: template.toJSON().text,
                audit: call.audit)
            call.configurationChanged()
            return .created(try TemplateView.json(stored), at: "/v1/templates/\(name)?version=\(stored.version)")
        } catch StorageError.constraint {
            throw Problem(.wrongState, "Somebody else changed the template “\(name)” at the same moment. Try again.")
        }
    }

    private static func read(_ reader: FieldReader) throws -> (String, MessageTemplate) {
        let name = reader.name() ?? ""
        if VerbatimTemplate.isOne(name) {
            reader.fault("name", "name", "Names that begin with “\(VerbatimTemplate.prefix)” are Herald's own.")
        }
        var document = JSONObject()
        for part in ["channel", "default_locale", "locales", "variants"] { document[part] = reader.value(part) }
        do throws(MessageTemplateErrors) {
            return (name, try MessageTemplate(json: .object(document)))
        } catch {
            for fault in error.errors { reader.fault(place(fault), "template", fault.description) }
            // Never sent on: there are faults now.
            return (name, try MessageTemplate(channel: .sms, defaultLocale: "en", contents: [placeholder]))
        }
    }

    private static let placeholder = MessageContent(locale: "en", text: "-")

    private static func place(_ fault: MessageTemplateError) -> String {
        guard let locale = fault.locale else { return "locales" }
        return fault.part.map { "locales/\(locale)/\($0.rawValue)" } ?? "locales/\(locale)"
    }
}
