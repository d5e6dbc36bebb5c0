import Domain
import Foundation
import TestSupport
import Testing

/// The filters, byte for byte: other programs read what they write. No database is anywhere near.
@Suite struct ToolCommandTests {
    @Test func phone() async throws {
        let herald = try HeraldCommand(database: false)
        let result = try await herald(
            "tool", "phone", "--region", "SG", input: "91234567\r\n\n\"+44 20 7031 3000\"\n123")
        #expect(result.code == 0)
        #expect(
            result.lines == [
                #"{"input":"91234567","valid":true,"e164":"+6591234567","region":"SG","reason":null}"#,
                #"{"input":"","valid":false,"e164":null,"region":null,"reason":"phone_missing"}"#,
                #"{"input":"\"+44 20 7031 3000\"","valid":true,"e164":"+442070313000","region":"GB","reason":null}"#,
                #"{"input":"123","valid":false,"e164":null,"region":null,"reason":"phone_too_short"}"#,
            ])
        let repaired = try await herald("tool", "phone", "--region", "SG", "--repair", input: "91234567.0\n")
        #expect(repaired.output.contains("\"valid\":true"))
        #expect(
            try await herald("tool", "phone", "--region", "SG", input: "91234567.0\n").output.contains("phone_decimals")
        )
    }

    @Test func anyBytesGiveOneLineOfJSONEach() async throws {
        let herald = try HeraldCommand(database: false)
        var random = SeededRandom(seed: 7)
        var input: [UInt8] = []
        for _ in 0..<300 {
            input += (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            input.append(0x0A)
        }
        let count = input.count { $0 == 0x0A }
        for tool in ["phone", "email", "segments"] {
            let result = try await herald.run(["tool", tool], input: input)
            #expect(result.lines.count == count)
            for line in result.lines { #expect(throws: Never.self) { try JSON.parse(line) } }
        }
    }

    @Test func invalidUTF8IsShownAndRefused() async throws {
        let result = try await HeraldCommand(database: false).run(
            ["tool", "email"], input: Array("a\u{FF}".utf8) + [0xFF, 0x40, 0x0A])
        #expect(
            result.output
                == "{\"input\":\"a\u{FF}\u{FFFD}@\",\"valid\":false,\"normalized\":null,\"reason\":\"invalid_utf8\"}\n")
    }

    @Test func email() async throws {
        let result = try await HeraldCommand(database: false)(
            "tool", "email", input: "Ann@Bücher.Test\nann@münchen.de\nx\n")
        #expect(
            result.lines == [
                #"{"input":"Ann@Bücher.Test","valid":false,"normalized":null,"reason":"email_domain_reserved"}"#,
                #"{"input":"ann@münchen.de","valid":true,"normalized":"ann@münchen.de","reason":null}"#,
                #"{"input":"x","valid":false,"normalized":null,"reason":"email_no_at"}"#,
            ])
    }

    @Test func segments() async throws {
        let result = try await HeraldCommand(database: false)(
            "tool", "segments",
            input: "\"Hello\"\n\"\\u20ac\\n\"\n\"😀\"\nHello\n\"\(String(repeating: "a", count: 161))\"\n")
        #expect(result.code == 3 && result.errors.hasPrefix("line 4, column 1: "))
        #expect(
            result.lines == [
                #"{"encoding":"gsm7","units":5,"segments":1}"#, #"{"encoding":"gsm7","units":3,"segments":1}"#,
                #"{"encoding":"ucs2","units":2,"segments":1}"#, "null",
                #"{"encoding":"gsm7","units":161,"segments":2}"#,
            ])
    }

    @Test func csv() async throws {
        let herald = try HeraldCommand(database: false)
        let text = "a;\"b\nc\"\r\n\r\n;é\"x\n"
        let expected = "[\"a\", \"b\\nc\"]\n[]\n[\"\", \"é\\\"x\"]\n"
        #expect(try await herald("tool", "csv", "-", input: text).output == expected)
        #expect(try await herald("tool", "csv", try herald.file("x.csv", text)).output == expected)
        #expect(
            try await herald("tool", "csv", "-", "--delimiter", "|", input: "a,b|c\n").output == "[\"a,b\", \"c\"]\n")
        let missing = try await herald("tool", "csv", "/nowhere/x.csv")
        #expect(missing.code == 1 && missing.errors.contains("/nowhere/x.csv"))
        #expect(try await herald("tool", "csv").code == 2)
    }

    @Test func render() async throws {
        let herald = try HeraldCommand(database: false)
        let file = try herald.file("t.liquid", "Hi {{ name }}!\n{{ n | divided_by: m }}")
        let lines =
            "{\"name\":\"A\\\"\",\"n\":7,\"m\":2}\nnot json\n{\"name\":\"<b>\",\"n\":1,\"m\":0}\n[1]\n{\"name\":\"<b>\",\"n\":1,\"m\":1}"
        let plain = try await herald("tool", "render", file, input: lines)
        #expect(plain.code == 3)
        #expect(plain.lines == [#""Hi A\"!\n3""#, "null", "null", "null", #""Hi <b>!\n1""#])
        for line in 2...4 { #expect(plain.errors.contains("line \(line), ")) }
        let html = try await herald("tool", "render", file, "--html", input: "{\"name\":\"<b>\",\"n\":1,\"m\":1}\n")
        #expect(html.code == 0 && html.lines == [#""Hi &lt;b&gt;!\n1""#])
        let broken = try await herald("tool", "render", try herald.file("b.liquid", "{% if %}"), input: "{}\n")
        #expect(broken.code == 1 && broken.errors.contains("line 1, column "))
    }

    @Test func everyCommandHasHelpWithAnExample() async throws {
        let herald = try HeraldCommand(database: false)
        let groups = ["tenant", "source", "template", "price", "provider", "route", "optout", "deny"]
        for group in groups {
            for verb in ["add", "list", "show", "remove", "import"] {
                let help = try await herald(group, verb, "--help")
                #expect(
                    help.code == 0 && help.output.contains("Example:\n  herald \(group) \(verb)"), "\(group) \(verb)")
            }
        }
    }
}
