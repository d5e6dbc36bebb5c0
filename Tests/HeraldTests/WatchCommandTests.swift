import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import herald

@Suite(.database) struct WatchCommandTests {
    private let herald: HeraldCommand
    private let drop: URL

    init() async throws {
        herald = try HeraldCommand()
        drop = herald.folder.appending(path: "drop")
        try FileManager.default.createDirectory(at: drop, withIntermediateDirectories: true)
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
    }

    /// Closed on exec: a process of another test that inherits the descriptor would count as one that still writes.
    private func put(_ name: String, _ text: String) throws {
        let path = drop.appending(path: name).path
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(write(file, bytes, bytes.count) == bytes.count)
    }

    /// Names below the folder, hidden ones left out.
    private func names() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: drop.path)
            .filter { !$0.contains("/.") && !$0.hasPrefix(".") && !["sending", "done", "failed"].contains($0) }.sorted()
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: drop.appending(path: name), encoding: .utf8)
    }

    private func watch(_ more: String...) async throws -> HeraldCommand.Result {
        try await herald.run(
            ["watch", drop.path, "--tenant", "acme", "--template", "hi", "--once", "--interval", "0s", "--json"] + more,
            input: [])
    }

    private func campaigns() async throws -> [JSON] {
        try await herald("campaign", "list", "--json").json.arrayValue ?? []
    }

    @Test func goodFilesAreDoneAndBadOnesFailed() async throws {
        try put("good.csv", "name,phone\nAnn,+6581234567\nBob,nobody\n")
        try put("nobody.csv", "name,phone\nAnn,none\n")
        try put("empty.csv", "")
        for name in [".hidden.csv", "big.csv.part", "big.TMP"] { try put(name, "name,phone\nAnn,+6581234568\n") }
        let result = try await watch()
        #expect(result.code == 3)
        #expect(
            try names() == [
                "big.TMP", "big.csv.part", "done/good.csv", "done/good.csv.rejects.csv", "failed/empty.csv",
                "failed/empty.csv.error.txt", "failed/nobody.csv", "failed/nobody.csv.error.txt",
                "failed/nobody.csv.rejects.csv",
            ])
        #expect(try text("done/good.csv.rejects.csv").contains("Bob,nobody"))
        #expect(try text("failed/empty.csv.error.txt").contains("the file is empty"))
        let lines = try result.lines.map { try JSON.parse($0) }
        #expect(Set(lines.compactMap { $0["result"]?.stringValue }) == ["done", "failed"])
        #expect(try await watch().code == 0)
    }

    @Test func theSameRecipientsAreRefusedAndNamesDoNotCollide() async throws {
        let file = "name,phone\nAnn,+6581234567\n"
        try put("a.csv", file)
        #expect(try await watch().code == 0)
        try put("a.csv", file)
        #expect(try await watch().code == 3)
        #expect(try text("failed/a.csv.error.txt").contains("had template “hi” already"))
        try put("a.csv", file)
        #expect(try await watch("--again").code == 0)
        #expect(try names() == ["done/a-2.csv", "done/a.csv", "failed/a.csv", "failed/a.csv.error.txt"])
        #expect(try await campaigns().count == 2)
    }

    /// What a kill leaves behind, before and after the commit, also where `--again` would let a second campaign pass.
    @Test(arguments: [false, true]) func anInterruptedFileIsSentOnce(again: Bool) async throws {
        try put("stored.csv", "name,phone\nAnn,+6581234567\n")
        let more = again ? ["--again"] : []
        let first = try await herald.run(
            ["campaign", "send", drop.path + "/stored.csv", "--tenant", "acme", "--template", "hi"], input: [])
        let campaign = try #require(Int(first.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        try FileManager.default.createDirectory(at: drop.appending(path: "sending"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            at: drop.appending(path: "stored.csv"), to: drop.appending(path: "sending/stored.csv"))
        try put("sending/.stored.csv.campaign", "\(campaign)\n")
        // Taken, a number drawn, nothing committed; and taken before a number was drawn.
        try put("sending/drawn.csv", "name,phone\nBob,+6581234568\n")
        try put("sending/.drawn.csv.campaign", "\(campaign + 1000)\n")
        try put("sending/taken.csv", "name,phone\nCyd,+6581234569\n")
        let result = try await herald.run(
            ["watch", drop.path, "--tenant", "acme", "--template", "hi", "--once", "--interval", "0s"] + more, input: []
        )
        #expect(result.code == 0)
        #expect(try names() == ["done/drawn.csv", "done/stored.csv", "done/stored.csv.note.txt", "done/taken.csv"])
        #expect(try text("done/stored.csv.note.txt").contains("campaign \(campaign)"))
        #expect(try await campaigns().count == 3)
        #expect(try await campaigns().allSatisfy { $0["accepted"] == 1 })
        #expect(try FileManager.default.contentsOfDirectory(atPath: drop.path + "/sending") == [".lock"])
    }

    @Test func onlyOneWorksOnAFolder() async throws {
        let folder = try WatchedFolder(drop.path)
        try put("a.csv", "name,phone\nAnn,+6581234567\n")
        let result = try await watch()
        #expect(result.code == 0 && result.errors.contains("Another `herald watch`"))
        #expect(try names() == ["a.csv"])
        #expect(throws: WatchedFolder.InUse.self) { try WatchedFolder(drop.path) }
        withExtendedLifetime(folder) {}
    }

    @Test func whatIsMissingIsSaidBeforeAFileIsTaken() async throws {
        let missing = try await herald("watch", drop.path + "/none", "--tenant", "acme", "--template", "hi", "--once")
        #expect(missing.code == 1 && missing.errors.contains("Make the folder first"))
        try put("a.csv", "name,phone\nAnn,+6581234567\n")
        let wrong = try await herald("watch", drop.path, "--tenant", "acme", "--template", "bye", "--once")
        #expect(wrong.code == 1 && wrong.errors.contains("no template “bye”"))
        try await herald("route", "remove", "1")
        let routeless = try await watch()
        #expect(routeless.code == 1 && routeless.errors.contains("No provider serves sms"))
        #expect(try names() == ["a.csv"])
    }
}
