import Domain
import HTTPServer
import Jobs
import Storage

/// A version of a template as the API shows it.
enum TemplateView {
    static let unknown = Problem(.notFound, "There is no such template, or not in this version.")

    /// The newest version of the template in the path, or the one asked for.
    static func stored(_ call: APICall, version: Int64? = nil) async throws -> TemplateVersion {
        guard let name = call.path["name"], EntityName.isFine(name), !VerbatimTemplate.isOne(name),
            let stored = try await call.parties.template(
                tenant: call.caller.tenant, name: name, version: version)
        else { throw unknown }
        return stored
    }

    static func json(_ stored: TemplateVersion) throws -> JSON {
        let content = try JSON.parse(stored.content)
        var object: JSON = [
            "name": .string(stored.name), "version": .int(stored.version), "channel": .string(stored.channel.rawValue),
            "default_locale": content["default_locale"] ?? "en", "locales": content["locales"] ?? [:],
            "ready": .bool(stored.isReady), "created_at": .time(stored.createdAt),
            "approved_at": .time(stored.approval?.at), "approved_by": .text(stored.approval?.by),
        ]
        if let variants = content["variants"], var whole = object.objectValue {
            whole["variants"] = variants
            object = .object(whole)
        }
        return object
    }
}
