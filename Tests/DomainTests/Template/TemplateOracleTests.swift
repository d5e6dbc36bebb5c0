import Foundation
import TestSupport
import Testing

@testable import Domain

@Suite struct TemplateOracleTests {
    /// What python-liquid prints, we print; where it raises an error, we have one.
    @Test(arguments: [1, 2]) func agreesWithPythonLiquid(_ seed: Int) throws {
        let count = ProcessInfo.processInfo.environment["HERALD_ORACLE_COUNT"] ?? "2000"
        let offset = Int(ProcessInfo.processInfo.environment["HERALD_ORACLE_SEED"] ?? "0") ?? 0
        for line in try PythonOracle.json("liquid.py", [count, "\(seed + offset)"]) {
            let source = try #require(line["template"]?.stringValue)
            let data = try #require(line["data"]?.objectValue)
            let now = try #require(line["now"]?.intValue)
            let escaping: TemplateEscaping = line["html"] == true ? .html : .plain
            var result: String?
            var message = ""
            do {
                var output: [UInt8] = []
                try Template(source, escaping: escaping)
                    .render(data: data, settings: RenderSettings(now: now), into: &output)
                result = String(decoding: output, as: UTF8.self)
            } catch {
                message = "\(error)"
            }
            let expected = line["result"]?.stringValue
            let same =
                result.map { text in expected.map { $0.utf8.elementsEqual(text.utf8) } ?? false } ?? (expected == nil)
            #expect(
                same,
                "\(source)\n  data \(JSON.object(data).text)\n  expected \(expected.debugDescription)\n  got \(result.debugDescription) \(message)"
            )
        }
    }
}
