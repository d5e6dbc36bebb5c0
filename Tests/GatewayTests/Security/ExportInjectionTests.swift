import Domain
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// No cell of a file that we write is a formula to a spreadsheet, wherever it came from.
@Suite(.database) struct ExportInjectionTests {
    private static let payloads = [
        "=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "  =1", "\u{FF1D}1",
        "=HYPERLINK(\"http://x\",\"y\")",
        "\r=1", "\n=1",
    ]

    private static func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }

    /// Rows and cells of RFC 4180.
    private static func cells(_ text: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isQuoted = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"":
                isQuoted.toggle()
                if isQuoted, !cell.isEmpty { cell.unicodeScalars.append(scalar) }
            case ",", "\n", "\r":
                if isQuoted {
                    cell.unicodeScalars.append(scalar)
                } else {
                    cells.append(cell)
                    cell = ""
                }
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return cells + [cell]
    }

    private static func isFormula(_ cell: String) -> Bool {
        guard let first = cell.unicodeScalars.first(where: { !$0.properties.isWhitespace || $0 == "\t" || $0 == "\r" })
        else { return false }
        guard "=+-@\t\r\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(first) else { return false }
        // A number of ours, and an amount.
        return !(cell.count > 1 && cell.dropFirst().allSatisfy { $0.isNumber || $0 == "." })
    }

    @Test func rejectsAndResultsHoldNoFormula() async throws {
        let bench = try await CampaignBench()
        let id = try await bench.draft()
        var file = "phone,name,\(Self.quoted("=1+1"))\n"
        for (place, payload) in Self.payloads.enumerated() {
            // One row that is sent, one that is rejected with the payload as its address.
            file += "+65910000\(10 + place),\(Self.quoted(payload)),\(Self.quoted(payload))\n"
            file += "\(Self.quoted(payload)),\(Self.quoted(payload)),x\n"
        }
        let filled = try await bench.fill(id, file)
        #expect(filled["accepted"]?.intValue == Int64(Self.payloads.count), "\(filled.text)")
        try await bench.gateway.run {
            _ = try await bench.call("POST", "/v1/campaigns/\(id)/start")
            _ = try await bench.finished(id)
        }
        for name in ["rejects.csv", "results.csv"] {
            let answer = try await bench.call("GET", "/v1/campaigns/\(id)/\(name)")
            let cells = Self.cells(answer.text)
            #expect(cells.count > 40, "\(name): \(answer.text)")
            #expect(cells.filter(Self.isFormula) == [], "\(name)")
            let header = try #require(answer.header("content-disposition"))
            #expect(header.wholeMatch(of: /attachment; filename="[a-z]+-[0-9]+\.csv"/) != nil, "\(header)")
        }
    }

    /// Names of things that stand in reports can't begin with what begins a formula, nor lead out of a folder.
    @Test(arguments: ["=1+1", "+1", "-1", "@x", "../x", ".x", "a/b", "a\\b", "a\u{0}", "a\r\nb", "a b", "é", ""])
    func namesAreNames(name: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.admin])
        let quoted = JSON.string(name).text
        for (target, body) in [
            ("/v1/sources", #"{"name":\#(quoted)}"#), ("/v1/providers", #"{"name":\#(quoted),"kind":"sandbox"}"#),
            ("/v1/templates", #"{"name":\#(quoted),"channel":"sms","locales":{"en":{"text":"x"}}}"#),
        ] { #expect(try await bench.call("POST", target, body, key: key).status == 422, "\(target)") }
    }
}
