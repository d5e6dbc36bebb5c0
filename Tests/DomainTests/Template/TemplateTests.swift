import Testing

@testable import Domain

@Suite struct TemplateTests {
    static let settings = RenderSettings(now: 1_700_000_000)

    private static func object(_ json: JSON) -> JSONObject { json.objectValue ?? JSONObject() }

    private func render(_ source: String, _ data: JSON = [:], _ escaping: TemplateEscaping = .plain) throws -> String {
        var output: [UInt8] = []
        try Template(source, escaping: escaping)
            .render(data: try #require(data.objectValue), settings: Self.settings, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        ("Hi {{ name }}!", "Hi Ann!"), ("{{ name | upcase | append: '.' }}", "ANN."), ("{{ n | divided_by: 2 }}", "3"),
        ("{{ n | divided_by: 2.0 }}", "3.5"), ("{{ 0.1 | plus: 0.2 }}", "0.3"), ("{{ 2.5 | round }}", "2"),
        ("{{ list | join: '-' }}", "a-b"), ("{{ list }}", "ab"), ("{{ missing.x }}", ""), ("{{ yes }}", "true"),
        ("{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}", "1,2,3"),
        ("{% case n %}{% when 1, 7 %}x{% else %}y{% endcase %}", "x"),
        ("a {%- if true -%} b {%- endif -%} c", "abc"), ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
        ("{{ 'now' | date: '%Y-%m-%d' }}", "2023-11-14"), ("{{ '2024-02-29' | date: '%-d %b %Y' }}", "29 Feb 2024"),
        ("{{ big }}", "123456789012345678901234567890"), ("{% assign x = 3 %}{{ x | times: 2 }}", "6"),
        ("{% capture c %}<{{ n }}>{% endcapture %}{{ c }}{{ c | size }}", "<7>3"),
        ("{% if nothing == nil and list contains 'a' or false %}ok{% endif %}", "ok"),
    ])
    func renders(_ source: String, _ expected: String) throws {
        let data: JSON = [
            "name": "Ann", "n": 7, "list": ["a", "b"], "yes": true, "nothing": nil,
            "big": .bigInt("123456789012345678901234567890"),
        ]
        #expect(try render(source, data) == expected)
    }

    @Test func escapesDataButNotTheTemplate() throws {
        let data: JSON = ["x": "<b>&\"'"]
        #expect(try render("<p>{{ x }}</p>{{ '<i>' }}", data, .html) == "<p>&lt;b&gt;&amp;&#34;&#39;</p><i>")
        #expect(try render("{{ x | escape }}", data, .html) == "&lt;b&gt;&amp;&#34;&#39;")
        #expect(try render("{% capture y %}{{ x }}{% endcapture %}{{ y }}", data, .html) == "&lt;b&gt;&amp;&#34;&#39;")
    }

    @Test func dataIsNeverATemplate() throws {
        let data: JSON = ["x": "{{ y }}{% for %}", "y": "secret"]
        #expect(
            try render("{{ x }}{{ x | append: '{{ y }' | append: '}' }}", data)
                == "{{ y }}{% for %}{{ y }}{% for %}{{ y }}")
    }

    @Test(arguments: [
        ("{{ x", 1, 1), ("a\n {% if %}", 2, 5), ("{% if a %}", 1, 4), ("{{ a | nofilter }}", 1, 8),
        ("{% endif %}", 1, 4), ("{{ a | upcase: 1 }}", 1, 8), ("x\n\n{% for a of b %}{% endfor %}", 3, 10),
        ("{{ 'abc }}", 1, 4), ("{% break %}", 1, 4), ("{{ a | }}", 1, 6), ("{% frob %}", 1, 4),
        ("{% comment %}", 1, 4), ("{% if a = b %}{% endif %}", 1, 9), ("{{ a.b[ }}", 1, 7),
    ])
    func saysWhereATemplateIsWrong(_ source: String, _ line: Int, _ column: Int) throws {
        let error = try #require(throws: TemplateError.self) { try Template(source) }
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(!error.message.isEmpty)
    }

    @Test(arguments: [
        ("{{ 1 | divided_by: 0 }}", RenderError.Kind.number), ("{% if 'a' < 1 %}{% endif %}", .type),
        ("{{ 'x' | slice: 'y' }}", .argument),
        ("{% for i in (1..9999999999) %}x{% endfor %}", .stepLimit),
        ("{% for i in (1..9999999999) reversed %}{% for j in (1..99999) %}{% endfor %}{% endfor %}", .stepLimit),
        ("{% assign s = 'xxxxxxxxxx' %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}", .outputLimit),
        ("{% assign s = (1..99999999999) | join %}", .stepLimit),
        ("{% capture s %}{% for i in (1..300000) %}0123456789{% endfor %}{% endcapture %}", .outputLimit),
        ("{% for i in (1..400000) %}0123456789{% endfor %}", .outputLimit),
        (
            "{% assign l = (1..9) %}{% for i in (1..99) %}{% assign l = l | concat: l | compact %}{% endfor %}",
            .argument
        ),
        (
            "{% assign l = 'a,b' | split: ',' %}{% for i in (1..99) %}{% assign l = l | concat: l %}{% endfor %}",
            .stepLimit
        ),
        (
            "{% assign s = 'x' %}{% for i in (1..19) %}{% assign s = s | append: s %}{% endfor %}{% for i in (1..99999) %}{% assign t = s | upcase %}{% endfor %}",
            .stepLimit
        ),
        (
            "{% assign s = 'x' %}{% for i in (1..19) %}{% assign s = s | append: s %}{% endfor %}{% for i in (1..99999) %}{% if s.size == 1 %}{% endif %}{% endfor %}",
            .stepLimit
        ),
        (
            "{% assign s = 'ab' %}{% for i in (1..18) %}{% assign s = s | append: s %}{% endfor %}{{ s | replace: 'a', s | size }}",
            .outputLimit
        ),
    ])
    func staysInBounds(_ source: String, _ kind: RenderError.Kind) throws {
        let error = try #require(throws: RenderError.self) { try render(source) }
        #expect(error.kind == kind)
        #expect(error.line == 1)
    }

    @Test func anErrorLeavesTheOutputAsItWas() throws {
        var output = Array("before".utf8)
        let template = try Template("x{% capture y %}z{{ 1 | divided_by: 0 }}{% endcapture %}")
        #expect(throws: RenderError.self) {
            try template.render(data: JSONObject(), settings: Self.settings, into: &output)
        }
        #expect(output == Array("before".utf8))
    }

    @Test func limitsAreSettable() throws {
        var output: [UInt8] = []
        let template = try Template("{{ x }}{{ x }}")
        let settings = RenderSettings(now: 0, outputLimit: 5, stepLimit: 100)
        #expect(throws: RenderError.self) {
            try template.render(data: Self.object(["x": "abc"]), settings: settings, into: &output)
        }
        try template.render(data: Self.object(["x": "ab"]), settings: settings, into: &output)
        #expect(output == Array("abab".utf8))
    }

    @Test func deepTemplatesAreErrors() {
        let ifs = String(repeating: "{% if a %}", count: 10_000)
        #expect(throws: TemplateError.self) { try Template(ifs + String(repeating: "{% endif %}", count: 10_000)) }
        #expect(throws: TemplateError.self) { try Template("{{ " + String(repeating: "a[", count: 20_000) + " }}") }
        #expect(throws: TemplateError.self) { try Template("{{ " + String(repeating: "(", count: 20_000) + "1..2 }}") }
        #expect(throws: TemplateError.self) {
            try Template("{% if " + String(repeating: "a == ", count: 20_000) + "a %}{% endif %}")
        }
        #expect(throws: TemplateError.self) {
            try Template("{% if " + String(repeating: "a or ", count: 20_000) + "a %}{% endif %}")
        }
        #expect(throws: TemplateError.self) { try Template("{{ " + String(repeating: "['a", count: 20_000) + " }}") }
        #expect(throws: TemplateError.self) { try Template(String(repeating: "{% raw %}", count: 20_000)) }
    }
}
