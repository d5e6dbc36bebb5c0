import Domain
import Foundation
import TestSupport
import Testing

@testable import Metrics

@Suite struct MetricsRegistryTests {
    /// The page as another program reads it: name and labels to value.
    private static func parsed(_ registry: MetricsRegistry) async throws -> [String: String] {
        let page = await registry.page()
        let process = try PythonOracle.start("metrics/prometheus_page.py", [])
        process.write(page)
        process.closeInput()
        let output = process.rest()
        #expect(process.wait() == 0)
        var found: [String: String] = [:]
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let sample = try JSON.parse(String(line))
            let labels = (sample["labels"]?.objectValue ?? JSONObject()).map { "\($0.0)=\($0.1.stringValue ?? "")" }
                .sorted()
            let key = ([sample["name"]?.stringValue ?? ""] + labels).joined(separator: "|")
            #expect(found[key] == nil, "\(key) is there twice")
            found[key] = sample["value"]?.stringValue
        }
        return found
    }

    @Test func anotherProgramReadsThePage() async throws {
        let registry = MetricsRegistry()
        registry.counters("plain_total", "Counted \\ on one\nline.").with().add(3)
        let labelled = registry.counters("labelled_total", "x", labels: ["who", "what"])
        labelled.with("a\"b\\c\nd", "").add()
        labelled.with("Zoë {x=\"1\"}", ",").add(1 << 40)
        registry.read("looked_at", "x", labels: ["n"]) {
            [.init(["half"], 0.5), .init(["below"], -7), .init(["nothing"], .nan)]
        }
        let histogram = registry.histograms("took_seconds", "x", Histogram.Bounds([0.001, 0.5, 2]), labels: ["way"])
        histogram.with("a").observe(.milliseconds(1))
        histogram.with("a").observe(.microseconds(1001))
        histogram.with("a").observe(.seconds(2), count: 3)
        histogram.with("a").observe(.seconds(100))
        histogram.with("a").observe(.seconds(-5))
        let page = try await Self.parsed(registry)
        #expect(page["plain_total"] == "3.0")
        #expect(page["labelled_total|what=|who=a\"b\\c\nd"] == "1.0")
        #expect(page["labelled_total|what=,|who=Zoë {x=\"1\"}"] == "1099511627776.0")
        #expect(page["looked_at|n=below"] == "-7.0")
        #expect(page["looked_at|n=half"] == "0.5" && page["looked_at|n=nothing"] == "nan")
        #expect(page["took_seconds_bucket|le=0.001|way=a"] == "2.0")
        #expect(page["took_seconds_bucket|le=0.5|way=a"] == "3.0")
        #expect(page["took_seconds_bucket|le=2|way=a"] == "6.0")
        #expect(page["took_seconds_bucket|le=+Inf|way=a"] == "7.0")
        #expect(page["took_seconds_count|way=a"] == "7.0")
        #expect(page["took_seconds_sum|way=a"] == "106.002001")
    }

    @Test func whatTheSystemKnowsOfTheProcessIsThere() async throws {
        let registry = MetricsRegistry()
        ProcessReadings.register(in: registry)
        let page = try await Self.parsed(registry)
        func number(_ name: String) throws -> Double { try #require(page[name].flatMap(Double.init), "\(name)") }
        #expect(try number("process_resident_memory_bytes") > 1_000_000)
        #expect(try number("process_virtual_memory_bytes") > number("process_resident_memory_bytes"))
        #expect(try number("process_open_fds") >= 3)
        #expect(try number("process_max_fds") >= number("process_open_fds"))
        #expect(try number("process_threads") >= 1 && number("process_cpu_seconds_total") >= 0)
        #expect(try number("process_start_time_seconds") > 1_000_000_000)
    }

    @Test func manyValuesOfALabelAreCountedTogether() async throws {
        let registry = MetricsRegistry()
        let family = registry.counters("bounded_total", "x", labels: ["from", "to"], limit: 3)
        for number in 0..<1000 { family.with("\(number)", "b").add() }
        family.with("0", "b").add()
        let page = try await Self.parsed(registry)
        #expect(page.count == 4)
        #expect(page["bounded_total|from=0|to=b"] == "2.0")
        #expect(page["bounded_total|from=other|to=other"] == "997.0")
    }

    @Test func nothingIsLostWhenManyCountAtOnce() async throws {
        let registry = MetricsRegistry()
        let counters = registry.counters("many_total", "x", labels: ["half"])
        let histogram = registry.histograms("many_seconds", "x", .calls).with()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    let counter = counters.with("\(task % 2)")
                    for number in 0..<10_000 {
                        counter.add()
                        histogram.observe(micros: Int64(number))
                    }
                }
            }
        }
        #expect(counters.with("0").value == 40_000 && counters.with("1").value == 40_000)
        #expect(histogram.reading.count == 80_000)
        #expect(histogram.reading.sum == 8 * 49.995)
    }
}
