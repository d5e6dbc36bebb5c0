import Testing

@testable import Domain

@Suite struct BoundTemplateTests {
    private struct Row {
        var bytes: [UInt8] = []
        var fields: [FieldRange] = []

        init(_ values: [(String, FieldRange.Kind)]) {
            for (value, kind) in values {
                fields.append(FieldRange(start: bytes.count, count: value.utf8.count, kind: kind))
                bytes += value.utf8
            }
        }
    }

    private func render(
        _ source: String, _ columns: [String], _ values: [(String, FieldRange.Kind)],
        _ escaping: TemplateEscaping = .plain
    ) throws -> String {
        let row = Row(values)
        let bound = try Template(source, escaping: escaping).bind(columns: columns, settings: RenderSettings(now: 0))
        var output: [UInt8] = []
        try bound.render(bytes: row.bytes.span, fields: row.fields.span, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        ("Hi {{ name }}", "Hi Ann <3"), ("{{ name | upcase }}{{ name | downcase }}", "ANN <3ann <3"),
        ("{{ city | upcase }}", "SÃO PAULO"), ("{{ nothing | default: 'you' }}", "you"), ("{{ n | plus: 1 }}", "8"),
        ("{% if n == 7 and n > 6.5 %}y{% endif %}", "y"), ("{% if n == '7' %}y{% endif %}", ""),
        ("{% if zip == 7 %}y{% endif %}{{ zip }}", "y007"), ("{% if nothing %}y{% else %}n{% endif %}", "n"),
        ("{% if nothing == blank and nothing == nil and nothing == '' %}y{% endif %}", "y"),
        ("{{ order.items[0].title }} {{ order.n }}", "Book 1.5"),
        ("{{ order | json }}", #"{"items": [{"title": "Book"}], "n": 1.5}"#),
        ("{% for i in order.items %}{{ i.title }}{% endfor %}", "Book"), ("{{ flag }}", "true"), ("{{ null }}.", "."),
        ("{% if city < 5 %}y{% else %}n{% endif %}", "n"), ("{% assign a = zip | plus: 1 %}{{ a }}", "8"),
        ("{% if yes == true %}y{% endif %}", "y"), ("{{ now | date: '%Y' }}", "1970"),
        ("{% if zip %}{{ zip }}{% endif %}", "007"),
        ("{{ text | default: 'x' }}", "x"), ("{% case zip %}{% when 7 %}seven{% endcase %}", "seven"),
    ])
    func rendersRows(_ source: String, _ expected: String) throws {
        let columns = ["name", "city", "nothing", "n", "zip", "order", "flag", "null", "yes", "text"]
        let values: [(String, FieldRange.Kind)] = [
            ("Ann <3", .text), ("São Paulo", .text), ("", .text), ("7", .json), ("007", .text),
            (#"{"items":[{"title":"Book"}],"n":1.5}"#, .json), ("true", .json), ("null", .json), ("True", .text),
            ("", .string),
        ]
        #expect(try render(source, columns, values) == expected)
    }

    @Test(arguments: ["{{ a }}", "{{ a | default: 'x' }}", "{{ a | downcase }}", "{% if true %}{{ a }}{% endif %}"])
    func escapesOnEveryPath(_ source: String) throws {
        #expect(try render(source, ["a"], [("<i>&", .text)], .html) == "&lt;i&gt;&amp;")
    }

    @Test(arguments: [
        ("first_name", "First Name"), ("FIRST-NAME", "first_name"), ("firstName", "First Name"), ("a", "A"),
        ("['First Name']", "First Name"),
    ])
    func findsColumnsByFoldedName(_ field: String, _ column: String) throws {
        #expect(try render("{{ \(field) }}", ["x", column], [("no", .text), ("yes", .text)]) == "yes")
    }

    @Test func prefersTheExactColumn() throws {
        #expect(try render("{{ name }}", ["Name", "NAME", "name"], [("1", .text), ("2", .text), ("3", .text)]) == "3")
        #expect(try render("{{ nAme }}", ["Name", "NAME"], [("1", .text), ("2", .text)]) == "1")
    }

    @Test func aRequiredColumnMustExist() throws {
        let template = try Template("{{ a }}{{ b | default: 1 }}")
        #expect(throws: TemplateError.self) { try template.bind(columns: ["b"], settings: RenderSettings(now: 0)) }
        _ = try template.bind(columns: ["a"], settings: RenderSettings(now: 0))
    }

    @Test func findsTheMissingField() throws {
        let bound = try Template("{{ c }}{{ a }}{{ b | default: '' }}")
            .bind(columns: ["a", "b", "c"], settings: RenderSettings(now: 0))
        #expect(bound.missingField(fields: Row([("1", .text), ("", .text), ("3", .text)]).fields.span) == nil)
        #expect(bound.missingField(fields: Row([("", .text), ("", .text), ("3", .text)]).fields.span) == 0)
        #expect(bound.missingField(fields: Row([("1", .text)]).fields.span) == 2)
    }

    @Test func printingAnEmptyFieldIsAnError() throws {
        for source in ["{{ a }}", "{% if b %}{{ a }}{% endif %}", "{{ a | upcase }}", "{{ a.x }}"] {
            let error = try #require(throws: RenderError.self) {
                try render(source, ["a", "b"], [("", .text), ("1", .text)])
            }
            #expect(error.kind == .missingField("a"))
        }
        #expect(try render("{% if c %}{{ a }}{% endif %}", ["a", "c"], [("", .text), ("", .text)]) == "")
    }

    @Test func keepsToTheOutputLimit() throws {
        let row = Row([("123456", .text)])
        let bound = try Template("{{ a }}{{ a }}").bind(
            columns: ["a"], settings: RenderSettings(now: 0, outputLimit: 11))
        var output: [UInt8] = [1]
        let error = try #require(throws: RenderError.self) {
            try bound.render(bytes: row.bytes.span, fields: row.fields.span, into: &output)
        }
        #expect(error.kind == .outputLimit)
        #expect(output == [1])
    }
}
