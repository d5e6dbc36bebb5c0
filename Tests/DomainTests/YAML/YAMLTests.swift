import TestSupport
import Testing

@testable import Domain

/// The subset of YAML against PyYAML, and what is refused by name.
@Suite struct YAMLTests {
    @Test(arguments: [1, 2, 3, 4])
    func generatedDocumentsReadAsPyYAMLReadsThem(seed: Int) throws {
        for line in try PythonOracle.json("yaml_documents.py", [String(seed), "1000"]) {
            let text = try #require(line["text"]?.stringValue)
            let value: JSON
            do throws(YAMLError) { value = try YAML.parse(text) } catch {
                Issue.record("\(error)\n\(text)")
                continue
            }
            // PyYAML has no whole numbers among its doubles and no doubles among its whole numbers; ours go by JSON.
            let wanted = try #require(line["value"])
            #expect(value == wanted, "\(text)\n\(value.text)\n\(wanted.text)")
        }
    }

    @Test func wordsAreTypedAsInJSON() throws {
        let value = try YAML.parse(
            "a: yes\nb: true\nc: 0123\nd: 12\ne: 1.5\nf:\ng: ~\nh: 'true'\ni: 123456789012345678901234567890\n")
        #expect(
            value == [
                "a": "yes", "b": true, "c": "0123", "d": 12, "e": 1.5, "f": .null, "g": .null, "h": "true",
                "i": .bigInt("123456789012345678901234567890"),
            ])
    }

    @Test func aKeyOfSeveralLinesSurvives() throws {
        let value = try YAML.parse(
            "providers:\n- name: apns\n  settings:\n    key: |\n      -----BEGIN\n      abc\n      -----END\n    key_id: K1\n"
        )
        #expect(
            value["providers"]?.arrayValue?[0]["settings"] == ["key": "-----BEGIN\nabc\n-----END\n", "key_id": "K1"])
    }

    @Test(
        arguments: [
            ("a: 1\nb:\t2", 2, "tab"), ("a: &x 1", 1, "anchors"), ("a: *x", 1, "anchors"), ("a: !!str 1", 1, "tags"),
            ("<<: {a: 1}", 1, "merge"), ("? a\n: b", 1, "complex"), ("a: 1\na: 2", 2, "twice"),
            ("a: 1\n---\nb: 2", 2, "one document"), ("a: b: c", 1, "quotes"), ("a: one\n  two", 2, "indented"),
            ("a: 'one\n  two'", 1, "quote"), ("a: [1, 2", 1, "missing"), ("a: {x}", 1, "colon"),
            ("a: @file", 1, "quotes"),
            ("a: \"\\q\"", 1, "escape"), ("a: 1\n b: 2", 2, "indented"), ("  a: 1\nb: 2", 2, "further"),
            ("a: [1] x", 1, "follow"), ("a: 'x' y", 1, "follow"), ("a: |x\n  b", 1, "digit"),
            ("- a\nb: 1", 2, "further"),
            ("a\nb", 2, "further"), ("%YAML 1.2\n---\na: 1", 1, "directives"), ("a: {b: 1, b: 2}", 1, "twice"),
            ("a: 1\u{0}", 1, "control"), ("a: \"\\uD800\"", 1, "no character"),
        ] as [(String, Int, String)])
    func whatIsNoPartOfItIsRefusedWithItsLine(text: String, line: Int, hint: String) {
        let error = #expect(throws: YAMLError.self) { try YAML.parse(text) }
        #expect(error?.line == line && error?.reason.contains(hint) == true, "\(String(describing: error))")
    }

    @Test func deepNestingIsRefusedAndNothingIsNothing() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: YAMLError.self) { try YAML.parse("a: " + deep) }
        #expect(throws: YAMLError.self) { try YAML.parse(String(repeating: "- ", count: 1000) + "x") }
        #expect(try YAML.parse("").isNull && YAML.parse("# only this\n").isNull && YAML.parse("---\n").isNull)
    }
}
