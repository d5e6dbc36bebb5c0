import Testing

@testable import Domain

@Suite struct MessageTemplateTests {
    private static let sms =
        #"{"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"},"de":{"text":"Hallo"},"pt":{"text":"Oi"},"pt-BR":{"text":"Olá"}}}"#

    @Test(arguments: [
        sms,
        #"{"channel":"email","default_locale":"en","locales":{"en":{"subject":"S","text":"T","html":"<p>"}}}"#,
        #"{"channel":"push","default_locale":"en","locales":{"en":{"title":"T","text":"B","data":{"url":"/{{ id }}"}}}}"#,
    ])
    func goesThroughJSON(_ text: String) throws {
        let template = try MessageTemplate(json: try JSON.parse(text))
        #expect(template.toJSON().text == text)
        #expect(try MessageTemplate(json: template.toJSON()) == template)
    }

    @Test(arguments: [
        ("de", "de"), ("DE", "de"), ("de-AT", "de"), ("de_AT", "de"), ("pt-BR", "pt-BR"), ("pt-br", "pt-BR"),
        ("pt-PT", "pt"),
        ("fr", "en"), ("", "en"), ("zh-Hant-TW", "en"), ("-", "en"),
    ])
    func fallsBack(_ locale: String, _ expected: String) throws {
        let template = try MessageTemplate(json: try JSON.parse(Self.sms))
        #expect(template.contents[template.content(for: locale)].locale == expected)
        var chooser = LocaleChooser(template)
        let bytes = Array(locale.utf8)
        for _ in 0..<2 { #expect(template.contents[chooser.content(for: bytes.span)].locale == expected) }
    }

    @Test func reportsAllErrors() throws {
        let json = try JSON.parse(
            #"{"channel":"email","default_locale":"fr","locales":{"en":{"subject":"{{ a","text":"x\n{% if %}","title":"t"},"d!":{"text":"ok"}}}"#
        )
        let error = try #require(throws: MessageTemplateErrors.self) { try MessageTemplate(json: json) }
        #expect(
            error.errors.map { "\($0.locale ?? "") \($0.part?.rawValue ?? "") \($0.line):\($0.column)" } == [
                "en title 0:0", "en subject 1:1", "en text 2:4", "d!  0:0", "d! subject 0:0", "fr  0:0",
            ])
    }

    @Test(arguments: [
        "[]", "{}", #"{"channel":"fax","locales":{}}"#, #"{"channel":"sms","locales":{"en":5}}"#,
        #"{"channel":"sms","locales":{"en":{"text":5}}}"#, #"{"channel":"sms","locales":{"en":{"text":" "}}}"#,
        #"{"channel":"sms","locales":{"en":{"text":"x","html":"y"}}}"#,
        #"{"channel":"sms","locales":{"en":{"txt":"x"}}}"#,
        #"{"channel":"push","locales":{"en":{"text":"x","data":{"a":1}}}}"#,
        #"{"channel":"sms","locales":{"en":{"text":"x"},"EN":{"text":"y"}},"default_locale":"en"}"#,
        #"{"channel":"sms","locales":{"en":{"text":"x"},"de":{"text":"y"}}}"#,
        #"{"channel":"sms","locales":{"en":{"text":"x"}},"x":1}"#,
    ])
    func refuses(_ text: String) throws {
        let error = try #require(throws: MessageTemplateErrors.self) { try MessageTemplate(json: try JSON.parse(text)) }
        #expect(!error.errors.isEmpty)
    }

    @Test func rendersTheParts() throws {
        let content = MessageContent(
            locale: "en", subject: "Re: {{ name }}", text: "Hi {{ name }}", html: "<p>{{ name }}</p>")
        let template = try MessageTemplate(channel: .email, defaultLocale: "en", contents: [content])
        #expect(try template.fields() == [Template.Field(name: "name", isRequired: true)])
        let bound = try #require(try template.compiled().first)
            .bind(columns: ["Name"], settings: RenderSettings(now: 0))
        let bytes = Array("Ann\r\nBcc: <x>\u{2028}y".utf8)
        let fields = [FieldRange(start: 0, count: bytes.count)]
        var output = Array("kept\n".utf8)
        try bound.renderSubject(bytes: bytes.span, fields: fields.span, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "kept\nRe: Ann Bcc: <x> y")
        output = []
        try bound.renderRich(bytes: bytes.span, fields: fields.span, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "<p>Ann\r\nBcc: &lt;x&gt;\u{2028}y</p>")
        #expect(bound.missingField(fields: [FieldRange.empty].span) == 0)
    }

    @Test func rendersPushData() throws {
        let content = MessageContent(
            locale: "en", title: "T", text: "B",
            data: [.init(key: "a\"", value: "{{ x }}"), .init(key: "b", value: "1")])
        let template = try MessageTemplate(channel: .push, defaultLocale: "en", contents: [content])
        let bound = try #require(try template.compiled().first).bind(columns: ["x"], settings: RenderSettings(now: 0))
        let bytes = Array("q\"\n".utf8)
        var output: [UInt8] = []
        try bound.renderRich(bytes: bytes.span, fields: [FieldRange(start: 0, count: 3)].span, into: &output)
        #expect(try JSON.parse(output) == ["a\"": "q\"\n", "b": "1"])
    }

    @Test func aTemplateMaySayItOtherwiseOnOtherChannels() throws {
        let text = """
            {"channel":"sms","default_locale":"en","locales":{"en":{"text":"Hi {{ name }}"}},\
            "variants":{"email":{"default_locale":"en","locales":{"en":{"subject":"For {{ name }}","text":"{{ long }}"}}}}}
            """
        let template = try MessageTemplate(json: try JSON.parse(text))
        #expect(template.variants[.email]?.contents.first?.subject == "For {{ name }}")
        #expect(template.writes(.sms) && template.writes(.email) && template.writes(.voice))
        #expect(try template.fields().map(\.name) == ["name", "long"])
        #expect(try MessageTemplate(json: template.toJSON()) == template)
        // A text serves every channel but the one that has a subject.
        let plain = try MessageTemplate(
            json: try JSON.parse(#"{"channel":"sms","locales":{"en":{"text":"Hi"}}}"#))
        #expect(!plain.writes(.email) && plain.writes(.push))
        let html = try MessageTemplate(
            json: try JSON.parse(#"{"channel":"email","locales":{"en":{"subject":"S","html":"<p>x</p>"}}}"#))
        #expect(!html.writes(.sms))
    }

    @Test(arguments: [
        #"{"sms":{"locales":{"en":{"text":"x"}}}}"#, #"{"fax":{"locales":{"en":{"text":"x"}}}}"#, #"{"email":{}}"#,
        #"{"email":{"locales":{"en":{"text":"x"}}}}"#, #"[]"#,
        #"{"voice":{"locales":{"en":{"text":"x"}},"variants":{}}}"#,
    ])
    func aVariantThatCannotBeSentIsRefused(variants: String) throws {
        let text = #"{"channel":"sms","locales":{"en":{"text":"Hi"}},"variants":\#(variants)}"#
        #expect(throws: MessageTemplateErrors.self) { try MessageTemplate(json: try JSON.parse(text)) }
    }
}
