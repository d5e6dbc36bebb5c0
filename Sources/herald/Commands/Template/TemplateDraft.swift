import Domain
import Storage

/// A message template as a command or an import file gives it, on its way to the JSON that is stored:
/// `{"channel": …, "default_locale": …, "locales": {"en": {"text": …}}}`.
struct TemplateDraft {
    private(set) var channel: Channel
    private(set) var defaultLocale: String
    private(set) var locales: JSONObject
    /// What it says on other channels: an object like this one for each, without the channel.
    private(set) var variants = JSONObject()

    /// The options that hold parts of a message; `--text-file` and the like read one from a file.
    static let parts = ["subject", "title", "text", "html", "data"]

    /// From a whole template in JSON, or one locale's parts on top of what the template has now. Checked.
    static func read(_ arguments: Arguments, existing: TemplateVersion?) throws -> TemplateDraft {
        let before = try existing.map { try TemplateDraft(stored: $0) }
        let named = try arguments.word("channel", of: Channel.self)
        let whole = try whole(arguments)
        let written = try whole?["channel"]?.stringValue.map { try Arguments.word($0, of: Channel.self, in: "channel") }
        let variant = try arguments.word("variant", of: Channel.self)
        if let before, let variant, whole == nil {
            var draft = before
            try draft.add(arguments, for: variant)
            try draft.check()
            return draft
        }
        guard variant == nil else {
            throw CommandError.usage("--variant adds to a template that is there; add what its own channel says first.")
        }
        guard let channel = written ?? named ?? before?.channel else {
            throw CommandError.usage("--channel is missing: the template is new.")
        }
        if let before, channel != before.channel {
            throw CommandError.failed(
                "The template is for \(before.channel.rawValue). Choose another name for \(channel.rawValue).")
        }
        let draft: TemplateDraft
        if let whole {
            draft = try TemplateDraft(whole, channel: channel)
        } else {
            draft = try TemplateDraft(arguments, channel: channel, before: before)
        }
        try draft.check()
        return draft
    }

    private init(_ arguments: Arguments, channel: Channel, before: TemplateDraft?) throws {
        self.channel = channel
        locales = before?.locales ?? JSONObject()
        variants = before?.variants ?? JSONObject()
        let named = arguments.text("locale") ?? before?.defaultLocale ?? "en"
        // `pt_br` means the `pt-BR` that is there.
        let locale = locales.keys.first { Self.fold($0) == Self.fold(named) } ?? named
        defaultLocale = arguments.text("default-locale") ?? before?.defaultLocale ?? locale
        locales[locale] = .object(try Self.parts(arguments))
    }

    private init(_ whole: JSONObject, channel: Channel) throws {
        for (key, _) in whole where !["channel", "default_locale", "locales", "variants", "name"].contains(key) {
            throw CommandError.failed(
                "“\(key)” means nothing in a template. There are: channel, default_locale, locales, variants.")
        }
        guard let locales = whole["locales"]?.objectValue, !locales.isEmpty else {
            throw CommandError.failed(
                "The template has no “locales”, such as {\"locales\": {\"en\": {\"text\": \"Hi {{ name }}\"}}}.")
        }
        self.channel = channel
        self.locales = locales
        variants = whole["variants"]?.objectValue ?? JSONObject()
        let first = locales.keys.contains("en") ? "en" : locales.keys[0]
        defaultLocale = whole["default_locale"]?.stringValue ?? first
    }

    private static func fold(_ locale: String) -> String {
        String(locale.lowercased().map { $0 == "_" ? "-" : $0 })
    }

    init(stored: TemplateVersion) throws {
        let content = try JSON.parse(stored.content)
        channel = stored.channel
        defaultLocale = content["default_locale"]?.stringValue ?? "en"
        locales = content["locales"]?.objectValue ?? JSONObject()
        variants = content["variants"]?.objectValue ?? JSONObject()
    }

    /// One locale's parts on another channel, beside what is there.
    private mutating func add(_ arguments: Arguments, for variant: Channel) throws {
        guard variant != channel else {
            throw CommandError.usage("The template is for \(channel.rawValue) itself; leave --variant out.")
        }
        var own = variants[variant.rawValue]?.objectValue ?? JSONObject()
        var contents = own["locales"]?.objectValue ?? JSONObject()
        let named = arguments.text("locale") ?? defaultLocale
        let locale = contents.keys.first { Self.fold($0) == Self.fold(named) } ?? named
        contents[locale] = .object(try Self.parts(arguments))
        own["locales"] = .object(contents)
        own["default_locale"] = own["default_locale"] ?? .string(locale)
        variants[variant.rawValue] = .object(own)
    }

    var json: JSON {
        var object = JSONObject()
        object["channel"] = .string(channel.rawValue)
        object["default_locale"] = .string(defaultLocale)
        object["locales"] = .object(locales)
        if !variants.isEmpty { object["variants"] = .object(variants) }
        return .object(object)
    }

    // MARK: Reading

    private static func whole(_ arguments: Arguments) throws -> JSONObject? {
        let object: JSONObject
        if let path = arguments.text("file") {
            object = try parse(ImportSource.text(path))
        } else if let locales = arguments.text("locales") {
            var whole = JSONObject()
            whole["locales"] = .object(try parse(locales))
            whole["default_locale"] = arguments.text("default-locale").map { .string($0) }
            object = whole
        } else {
            return nil
        }
        let given = parts.flatMap { [$0, "\($0)-file"] } + ["locale"]
        if let clash = given.first(where: { arguments.text($0) != nil }) {
            throw CommandError.usage("--\(clash) cannot stand beside a whole template.")
        }
        return object
    }

    private static func parse(_ text: String) throws -> JSONObject {
        let bytes = Array(text.utf8)
        let value: JSON
        do throws(JSONError) { value = try JSON.parse(bytes) } catch {
            throw CommandError.failed("The template is no JSON: \(error.message(in: bytes)).")
        }
        guard let object = value.objectValue else { throw CommandError.failed("The template must be a JSON object.") }
        return object
    }

    private static func parts(_ arguments: Arguments) throws -> JSONObject {
        var found = JSONObject()
        for part in parts {
            let (text, path) = (arguments.text(part), arguments.text("\(part)-file"))
            if text != nil, path != nil { throw CommandError.usage("Give --\(part) or --\(part)-file, not both.") }
            if let text = try text ?? path.map(ImportSource.text) {
                found[part] = part == "data" ? try data(text) : .string(text)
            }
        }
        return found
    }

    /// A push message's data: an object of texts for the app.
    private static func data(_ text: String) throws -> JSON {
        guard let data = try? JSON.parse(text), data.objectValue != nil else {
            throw CommandError.usage("--data takes a JSON object of texts such as {\"order\": \"{{ order_id }}\"}.")
        }
        return data
    }

    // MARK: Checking

    /// Everything that is wrong at once, with the line of the template where there is one.
    private func check() throws {
        do throws(MessageTemplateErrors) {
            _ = try MessageTemplate(json: json)
        } catch {
            throw CommandError.failed(error.errors.map(described).joined(separator: "\n"))
        }
    }

    private func described(_ error: MessageTemplateError) -> String {
        guard error.line > 0, let locale = error.locale, let part = error.part,
            let source = locales[locale]?[part.rawValue]?.stringValue
        else { return "\(error)" }
        let place = TemplateError(error.message, line: error.line, column: error.column)
        return "\(error)\n\(TemplateExcerpt(source, place).text)"
    }
}
