import Testing

@testable import Domain

/// A generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct TemplateFuzzTests {
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{%-", "-%}", "{{-", "-}}", " if ", "endif", "for i in ", "endfor", "else", "elsif",
        "case ",
        "when", "endcase", "raw", "endraw", "comment", "endcomment", "assign x = ", "capture x", "endcapture", "cycle ",
        "break",
        "continue", "(1..9)", "(a..b)", "a", "b.c", "[0]", "['x']", "[", "]", "(", ")", "..", ".", ":", ",", "|", "||",
        "'", "\"",
        "==", "<", "!=", "contains", "and", "or", "not", "nil", "empty", "1", "-1", "1.5",
        "99999999999999999999999999999999999999999",
        "| upcase", "| split: ''", "| join", "| date: '%c'", "| sort", "| map: 'a'", "| slice: -1, 99",
        "| truncate: -5", "| replace: '', a",
        "| times: 1e300", "| round: 400", "| strip_html", "| escape_once", "| json: 99",
        "| default: b, allow_false: true", "| where: 1",
        "\n", " ", "é", "😀", "\0", "{", "}", "%", "#", "-", "limit: ", "offset: continue", "reversed",
        "forloop.parentloop", "<b", "&#x",
    ]
    private static let data: JSON = [
        "a": "<b x='&amp;'>2024-01-02 10:11 &#x41;é</b>", "b": ["c": [1, 2.5, nil, "z", ["k": true]], "x": -0.0],
        "i": 170_000_000_000,
    ]

    /// Whatever is thrown at it: a result or an error, soon.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func survivesAnything(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let settings = RenderSettings(now: 0, outputLimit: 10_000, stepLimit: 5_000)
        let data = try #require(Self.data.objectValue)
        var rendered = 0
        for _ in 0..<4000 {
            var source = ""
            for _ in 0..<Int.random(in: 1...14, using: &generator) {
                source += Self.pieces.randomElement(using: &generator) ?? ""
            }
            if Bool.random(using: &generator) { source = "{{ a \(source) }}" }
            guard let template = try? Template(source, escaping: Bool.random(using: &generator) ? .html : .plain) else {
                continue
            }
            var output: [UInt8] = []
            do {
                try template.render(data: data, settings: settings, into: &output)
                rendered += 1
            } catch {
                #expect(output.isEmpty)
            }
            #expect(output.count <= 10_000)
        }
        #expect(rendered > 100)
    }
}
