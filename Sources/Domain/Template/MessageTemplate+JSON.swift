extension MessageTemplate {
    private enum Key {
        static let channel = "channel"
        static let defaultLocale = "default_locale"
        static let locales = "locales"
        static let variants = "variants"
    }

    /// Reads the stored document. All that is wrong is reported at once.
    package init(json: JSON) throws(MessageTemplateErrors) {
        guard let object = json.objectValue else { throw Self.failure("a template is a JSON object") }
        var errors: [MessageTemplateError] = []
        let channel = object[Key.channel]?.stringValue.flatMap(Channel.init(rawValue:))
        if channel == nil {
            let known = Channel.allCases.map(\.rawValue).joined(separator: ", ")
            errors.append(.init("'channel' is missing or unknown; it is one of \(known)"))
        }
        let locales = object[Key.locales]?.objectValue
        if locales?.isEmpty ?? true { errors.append(.init("'locales' is missing; it holds the texts by locale")) }
        for key in object.keys where ![Key.channel, Key.defaultLocale, Key.locales, Key.variants].contains(key) {
            errors.append(.init("there is no setting '\(key)'; remove it"))
        }
        var contents: [MessageContent] = []
        for (locale, value) in locales ?? JSONObject() {
            contents.append(MessageContent(locale: locale, json: value, &errors))
        }
        let named = object[Key.defaultLocale]
        let defaultLocale = named?.stringValue ?? (contents.count == 1 ? contents[0].locale : nil)
        if defaultLocale == nil, locales != nil {
            errors.append(.init("'default_locale' is missing; name the locale that everyone else gets"))
        }
        let variants = Self.variants(object[Key.variants], beside: channel, &errors)
        guard errors.isEmpty, let channel, let defaultLocale else { throw MessageTemplateErrors(errors: errors) }
        try self.init(channel: channel, defaultLocale: defaultLocale, contents: contents, variants: variants)
    }

    /// A variant is a template of its own without the channel, which is its name.
    private static func variants(
        _ json: JSON?, beside channel: Channel?, _ errors: inout [MessageTemplateError]
    ) -> [Channel: MessageTemplate] {
        guard let json else { return [:] }
        guard let object = json.objectValue else {
            errors.append(.init("'variants' is an object of channels, each with its 'locales'"))
            return [:]
        }
        var variants: [Channel: MessageTemplate] = [:]
        for (name, value) in object {
            guard let other = Channel(rawValue: name), other != channel, var document = value.objectValue,
                document[Key.variants] == nil
            else {
                errors.append(.init("the variant '\(name)' is no other channel with 'locales' of its own"))
                continue
            }
            document[Key.channel] = .string(name)
            do throws(MessageTemplateErrors) {
                variants[other] = try MessageTemplate(json: .object(document))
            } catch {
                errors += error.errors
            }
        }
        return variants
    }

    package func toJSON() -> JSON {
        var locales = JSONObject()
        for content in contents { locales[content.locale] = content.json }
        var document = JSONObject()
        document[Key.channel] = .string(channel.rawValue)
        document[Key.defaultLocale] = .string(defaultLocale)
        document[Key.locales] = .object(locales)
        if !variants.isEmpty {
            var others = JSONObject()
            for (channel, variant) in variants.sorted(by: { $0.key.code < $1.key.code }) {
                var own = variant.toJSON().objectValue ?? JSONObject()
                own[Key.channel] = nil
                others[channel.rawValue] = .object(own)
            }
            document[Key.variants] = .object(others)
        }
        return .object(document)
    }

    private static func failure(_ message: String) -> MessageTemplateErrors {
        MessageTemplateErrors(errors: [MessageTemplateError(message)])
    }
}

extension MessageContent {
    fileprivate init(locale: String, json: JSON, _ errors: inout [MessageTemplateError]) {
        self.init(locale: locale)
        guard let object = json.objectValue else {
            errors.append(.init("a locale's content is a JSON object", locale: locale))
            return
        }
        for (key, value) in object {
            guard let part = Part(rawValue: key) else {
                errors.append(.init("there is no part '\(key)'; remove it", locale: locale))
                continue
            }
            if part == .data {
                readData(value, &errors)
            } else if let source = value.stringValue {
                self[part] = source
            } else {
                errors.append(.init("this part must be text", locale: locale, part: part))
            }
        }
    }

    private mutating func readData(_ value: JSON, _ errors: inout [MessageTemplateError]) {
        guard let object = value.objectValue else {
            errors.append(.init("'data' is an object of texts", locale: locale, part: .data))
            return
        }
        for (key, value) in object {
            if let source = value.stringValue {
                data.append(DataEntry(key: key, value: source))
            } else {
                errors.append(.init("the value of '\(key)' must be text", locale: locale, part: .data))
            }
        }
    }

    private subscript(part: Part) -> String? {
        get {
            switch part {
            case .subject: subject
            case .title: title
            case .text: text
            case .html: html
            case .data: nil
            }
        }
        set {
            switch part {
            case .subject: subject = newValue
            case .title: title = newValue
            case .text: text = newValue
            case .html: html = newValue
            case .data: break
            }
        }
    }

    fileprivate var json: JSON {
        var object = JSONObject()
        for part in Part.allCases where part != .data {
            if let source = self[part] { object[part.rawValue] = .string(source) }
        }
        if !data.isEmpty {
            var entries = JSONObject()
            for entry in data { entries[entry.key] = .string(entry.value) }
            object[Part.data.rawValue] = .object(entries)
        }
        return .object(object)
    }
}
