import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import herald

@Suite(.database) struct DoctorCommandTests {
    private func findings(_ herald: HeraldCommand) async throws -> (code: Int32, byState: [String: [String]]) {
        let result = try await herald("doctor", "--json")
        let list = try result.json["findings"]?.arrayValue ?? []
        // Of the machine that this runs on nothing is expected.
        let machine = ["disk", "open files", "clock"]
        let texts = list.filter { !machine.contains($0["subject"]?.stringValue ?? "") }.map {
            ($0["state"]?.stringValue ?? "", "\($0["subject"]?.stringValue ?? ""): \($0["text"]?.stringValue ?? "")")
        }
        return (result.code, Dictionary(grouping: texts, by: \.0).mapValues { $0.map(\.1) })
    }

    @Test func whatIsNotSetUpToSendIsWrong() async throws {
        let herald = try HeraldCommand()
        // Nothing brings an empty database up to date but a command that works with it.
        #expect(try await findings(herald).byState["note"]?.contains { $0.hasPrefix("schema: version 0") } == true)
        try await herald("tenant", "add", "acme")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
        try await herald("provider", "add", "idle", "--kind", "sandbox")
        try await herald("provider", "add", "dear", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "email", "--providers", "dear")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run {
            try $0.execute(
                "INSERT INTO template (tenant, name, version, channel, content) SELECT id, 'broken', 1, 1, '{}' FROM tenant"
            )
        }
        await database.close()
        let (code, found) = try await findings(herald)
        #expect(code == 1)
        let wrong = found["wrong"] ?? []
        #expect(wrong.contains { $0.hasPrefix("provider: no route goes through “idle”") })
        #expect(wrong.contains { $0.hasPrefix("route: email goes through “dear”, which has no price") })
        #expect(wrong.contains { $0.hasPrefix("template: “broken” of acme does not compile") })
        #expect(wrong.contains { $0.hasPrefix("workers: none") })
        #expect(wrong.count == 4)
        #expect(found["note"] == ["route: acme has templates for sms and no route for it. `herald route add` sets one"])
    }

    @Test func aKeyThatDoesNotFitIsWrong() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let other = try HeraldCommand(key: String(repeating: "08", count: 32))
        #expect(
            try await findings(other).byState["wrong"]?.contains { $0.hasPrefix("master key: does not fit") } == true)
        // Nor does anything else work with it until something is to be sent.
        let refused = try await other("template", "add", "x", "--tenant", "acme", "--channel", "sms", "--text", "hi")
        #expect(refused.code == 1 && refused.errors.contains("master key"))
    }

    @Test(arguments: [(0, "fine"), (2, "note"), (-2, "note"), (31, "wrong"), (-3600, "wrong")])
    func aClockThatIsOff(seconds: Int64, state: String) {
        let now = Timestamp(micros: 1_700_000_000_000_000)
        let finding = DatabaseCheckup.clock(now + .seconds(seconds), between: now, and: now + .milliseconds(3))
        #expect(finding.state.rawValue == state)
    }
}
