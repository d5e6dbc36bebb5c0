import Domain
import HTTPServer
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// What no honest client sends, to every operation of the document: refused as the caller's fault, and nothing breaks.
@Suite(.database) struct HostileRequestsTests {
    private static func nested(_ piece: String) -> [UInt8] { Array(String(repeating: piece, count: 100_000).utf8) }

    /// No JSON, or none that two readers could not understand differently.
    private static let bodies: [(name: String, bytes: [UInt8])] = [
        ("deep lists", nested("[")), ("deep objects", nested(#"{"a":"#)),
        ("too large a number", Array(#"{"to":1e400}"#.utf8)),
        ("a lone surrogate", Array(#"{"to":"\ud800"}"#.utf8)),
        ("a reversed pair", Array(#"{"to":"\udc00\ud800"}"#.utf8)),
        ("an overlong byte", Array(#"{"to":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8)),
        ("a surrogate in bytes", Array(#"{"to":""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8)),
        ("a zero byte", Array(#"{"to":""#.utf8) + [0] + Array(#""}"#.utf8)), ("two documents", Array("{}{}".utf8)),
        ("UTF-16", Array("{}".utf16).flatMap { [0, UInt8($0)] }),
        ("a byte order mark", [0xEF, 0xBB, 0xBF, 0x7B, 0x7D]),
        ("no number", Array(#"{"to":NaN}"#.utf8)),
        ("no end", Array((#"{"to":""# + String(repeating: "x", count: 1 << 16)).utf8)),
        ("a list", Array("[]".utf8)), ("a word", Array("null".utf8)),
    ]

    private func takesJSON(_ operation: APIDocument.Operation) -> Bool {
        operation.json["requestBody"]?["content"]?["application/json"] != nil
    }

    @Test func whatIsNoDocumentIsRefusedEverywhere() async throws {
        let bench = try await TwoTenants()
        var count = 0
        for (id, operation) in try TwoTenants.operations() where takesJSON(operation) {
            // The provider's own doings decide there.
            guard !RouteProbes.open.contains(id) else { continue }
            count += 1
            let target = bench.own.filled(TwoTenants.ownPath(operation.path))
            for body in Self.bodies {
                let response = try await bench.gateway.respond(operation.method, target, body.bytes, key: bench.key)
                #expect([400, 413, 422].contains(response.status), "\(id), \(body.name): \(response.status)")
            }
        }
        #expect(count > 15)
    }

    private static let texts = [
        "\u{0}", "a\u{0}b", "'; DROP TABLE tenant; --", "1 OR 1=1", "\") OR (\"1\"=\"1", "../../../../etc/passwd",
        "a\r\nBcc: x@example.org", "{{ 7 | times: 7 }}", "%s%n", "\u{202E}\u{200B}", "-1", "9223372036854775808",
        "1e999", "<script>alert(1)</script>", "=cmd|'/c calc'!A1", String(repeating: "x", count: 70_000), "",
    ]

    /// Each string of a fitting body in turn is something else.
    @Test func hostileTextsInBodiesBreakNothing() async throws {
        try await TwoTenants.running { bench in try await Self.mutate(bench) }
    }

    private static func mutate(_ bench: TwoTenants) async throws {
        for (id, operation) in try TwoTenants.operations() {
            for probe in RouteProbes.all[id] ?? [] {
                guard probe.type == "application/json",
                    let body = try? JSON.parse(bench.own.filled(probe.body)), body.objectValue?.isEmpty == false
                else { continue }
                for text in texts {
                    for mutant in mutants(of: body, text) {
                        var asked = probe
                        asked.target = bench.own.filled(probe.target)
                        asked.body = mutant.text
                        let answer = try await bench.ask(operation.method, asked, of: .nobodys)
                        #expect(answer.status < 500, "\(id): \(mutant.text.prefix(200)): \(answer.text)")
                    }
                }
            }
        }
    }

    private static func mutants(of json: JSON, _ text: String) -> [JSON] {
        switch json {
        case .string: return [.string(text)]
        case .array(let items):
            return items.indices.flatMap { place in
                mutants(of: items[place], text).map { mutant in
                    var changed = items
                    changed[place] = mutant
                    return .array(changed)
                }
            }
        case .object(let object):
            return object.flatMap { name, value in
                mutants(of: value, text).map { mutant in
                    var changed = object
                    changed[name] = mutant
                    return .object(changed)
                }
            }
        default: return []
        }
    }

    /// Cursors, limits, filters, sort fields and what stands in paths.
    @Test func hostileParametersBreakNothing() async throws {
        let bench = try await TwoTenants()
        let document = try APIDocument.parsed()
        let before = try await bench.image()
        var count = 0
        for (id, operation) in try TwoTenants.operations() where !RouteProbes.open.contains(id) {
            let own = bench.own.filled(TwoTenants.ownPath(operation.path))
            for reference in operation.json["parameters"]?.arrayValue ?? [] {
                let parameter = APIDocument.resolved(reference, in: document)
                guard let name = parameter["name"]?.stringValue else { continue }
                for text in Self.texts where text.utf8.count < 1000 {
                    count += 1
                    let coded = Self.coded(text)
                    let target: String
                    switch parameter["in"]?.stringValue {
                    case "query": target = "\(own)?\(name)=\(coded)"
                    case "path": target = operation.path.replacing("{\(name)}", with: coded)
                    default: continue
                    }
                    let answer = try await bench.gateway.call(operation.method, target, "{}", key: bench.key)
                    #expect(answer.status < 500, "\(id) \(target): \(answer.text)")
                    #expect(!answer.text.contains("rivalmark"), "\(id) \(target)")
                }
            }
        }
        #expect(count > 500)
        let after = try await bench.image()
        #expect(after == before, "\(after.differences(from: before))")
    }

    private static func coded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// One reader reads a body, so what was permitted is what is sent, whatever is there twice.
    @Test func whatStandsTwiceIsReadOnce() async throws {
        let bench = try await CampaignBench()
        let key = try await bench.gateway.key([.sendTransactional, .campaignsWrite])
        let twice =
            #"{"to":"+6591234567","template":"code","data":{"code":"1"},"category":"transactional","category":"marketing"}"#
        let refused = try await bench.call("POST", "/v1/messages", twice, key: key)
        #expect(refused.status == 403 && refused.rule == "scope", "\(refused.text)")
        // Recipients are read before the second category comes.
        let campaign = try await bench.call(
            "POST", "/v1/campaigns",
            #"{"template":"code","category":"transactional","recipients":[{"phone":"+6591234567","code":"1"}],"category":"marketing"}"#,
            key: key)
        #expect(campaign.status == 422 && campaign.rule == "order", "\(campaign.text)")
        #expect(try await bench.call("GET", "/v1/campaigns", key: key)["items"]?.arrayValue?.isEmpty == true)
    }

    /// What recipients bring is text, never a template.
    @Test func dataIsNoTemplate() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.templatesRead])
        let answer = try await bench.call(
            "POST", "/v1/templates/code/render", #"{"data":{"code":"{{ 7 | times: 7 }}{% raw %}"}}"#, key: key)
        #expect(answer["parts"]?["text"]?.stringValue == "Your code is {{ 7 | times: 7 }}{% raw %}", "\(answer.text)")
    }
}
