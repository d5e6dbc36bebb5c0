import Testing

@testable import Domain

@Suite struct TemplateFieldsTests {
    /// Required fields end with an exclamation mark.
    @Test(arguments: [
        ("Hi {{ name }}", "name!"), ("{{ name | default: 'you' }}", "name"),
        ("{{ name | upcase | default: 'x' }}", "name"),
        ("{% if name %}Hi {{ name }}{% endif %}", "name"), ("{% if name %}{% else %}{{ name }}{% endif %}", "name"),
        ("{% if vip == 'yes' %}!{% endif %}{{ name }}", "vip name!"),
        ("{% unless name %}{% else %}{{ name }}{% endunless %}", "name"),
        ("{% assign n = name %}{{ n }}", "name!"), ("{% assign name = 'x' %}{{ name }}", ""),
        ("{% for i in items %}{{ i.title }}{% endfor %}", "items!"),
        ("{% for i in items %}{% else %}-{% endfor %}", "items"),
        ("{{ user.name }}", "user!"), ("{{ nick | default: name }}", "nick name"),
        ("{% if a %}{{ b }}{% endif %}", "a b"),
        ("{{ 'now' | date: '%Y' }}{{ now }}{{ today }}", ""), ("{{ a | append: b }}", "a! b!"),
        ("{% if a != blank and b %}{{ a }}{{ b }}{% endif %}", "a b"), ("{{ a }}{% if a %}{{ a }}{% endif %}", "a!"),
        ("{% case a %}{% when 'x' %}1{% endcase %}", "a"), ("{% capture c %}{{ x }}{% endcapture %}{{ c }}", "x!"),
        ("{{ a[b] }}", "b! a!"), ("{% comment %}{{ x }}{% endcomment %}{% raw %}{{ y }}{% endraw %}", ""),
    ])
    func listsFields(_ source: String, _ expected: String) throws {
        let fields = try Template(source).fields.map { $0.name + ($0.isRequired ? "!" : "") }
        #expect(fields.joined(separator: " ") == expected)
    }
}
