import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

/// A serving and a working process, looked at from outside.
@Suite(.database) struct ServeMetricsTests {
    /// A process that says on its errors where it answers.
    private final class Running: Sendable {
        private let process: ChildProcess
        let lines: [String]

        init(_ words: [String], _ command: HeraldCommand, until last: String) throws {
            process = try ChildProcess(
                HeraldCommand.binary.path, words,
                environment: [
                    "HERALD_HOME": command.folder.path, "HERALD_MASTER_KEY": String(repeating: "07", count: 32),
                    "HERALD_DATABASE_URL": try TestDatabase.current.connectionString,
                ], output: .pipe, errors: .output)
            var lines: [String] = []
            while let line = process.line() {
                lines.append(line)
                if line.contains(last) { break }
            }
            self.lines = lines
        }

        /// What stands between two texts in what it said.
        func said(_ start: String, _ end: String) throws -> String {
            for line in lines {
                guard let from = line.range(of: start), let to = line[from.upperBound...].range(of: end) else {
                    continue
                }
                return String(line[from.upperBound..<to.lowerBound])
            }
            throw PythonOracle.Failed(description: "It said only: \(lines)")
        }

        func stop() async -> Int32 {
            process.signal(SIGTERM)
            return await process.end()
        }
    }

    private static func curl(_ url: String, _ words: String...) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = try ChildProcess(
            "/usr/bin/curl", ["-sk", "--max-time", "60"] + words + [url], environment: [:], output: .file(file.path))
        #expect(await process.end() == 0)
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    /// The names that a page describes.
    private static func names(_ page: String) -> Set<String> {
        Set(page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
    }

    private static func repository(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Metrics of ours that a text names, by their families.
    private static func named(in text: String) -> Set<String> {
        Set(
            text.matches(of: /\b(?:herald|process)_[a-z_]+/).map { match in
                var name = String(match.output)
                for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                    name.removeLast(suffix.count)
                }
                return name
            })
    }

    @Test func everyMetricThatIsNamedAnywhereIsThere() async throws {
        let command = try HeraldCommand()
        let log = command.folder.path + "/access.log"
        let serving = try Running(
            [
                "serve", "--listen", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", "--access-log", log,
                "--access-log-addresses", "network",
            ], command, until: "Serving.")
        let api = try serving.said("The API answers at ", " ")
        let metrics = try serving.said("Metrics are at ", "/metrics")
        let page = try await Self.curl(metrics + "/metrics")
        #expect(try await Self.curl(api + "/metrics").contains("herald_http_requests_total"))
        _ = try await Self.curl(api + "/v1/messages?secret=91234567", "-H", "Authorization: Bearer hk_live_wrong")
        #expect(try await Self.curl(metrics + "/v1/messages", "-o", "/dev/null", "-w", "%{http_code}") == "404")

        let there = Self.names(page)
        for file in ["deploy/grafana/herald.json", "deploy/prometheus/alerts.yaml"] {
            let named = Self.named(in: try Self.repository(file))
            #expect(named.count > 10 && named.subtracting(there) == [], "\(file)")
        }
        // The table of the documentation is complete, and names nothing that isn't there.
        let table = try Self.repository("docs/operations.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
            .joined(separator: "\n")
        let documented = Self.named(in: table)
        #expect(there.subtracting(documented) == [] && documented.subtracting(there) == [])

        #expect(await serving.stop() == 0)
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        let records = try lines.map { try JSON.parse(String($0)) }
        #expect(records.map { $0["operation"]?.stringValue } == ["metrics", "listMessages"])
        #expect(records.map { $0["status"]?.intValue } == [200, 401])
        #expect(records.allSatisfy { $0["network"]?.stringValue == "127.0.0.0/24" })
        #expect(!lines.joined().contains("91234567") && !lines.joined().contains("hk_live"))
    }

    @Test func aWorkerShowsThemOnlyWhereItWasAsked() async throws {
        let command = try HeraldCommand()
        let working = try Running(
            ["work", "--metrics-address", "127.0.0.1:0", "--metrics-networks", "192.0.2.0/24"], command,
            until: "Working.")
        let metrics = try working.said("Metrics are at ", "/metrics")
        let refused = try await Self.curl(metrics + "/metrics", "-i")
        #expect(refused.hasPrefix("HTTP/1.1 403 ") && !refused.contains("herald_workers"))
        #expect(await working.stop() == 0)
        let bad = try await command("work", "--metrics-networks", "everywhere")
        #expect(bad.code == 2 && bad.errors.contains("“everywhere” is no address and no network"))
    }
}
