import Domain
import Foundation
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/ledger?archive=true`, and what is told of a message that is in an archive.
@Suite(.database) struct LedgerArchiveTests {
    private let table = [(name: "Accept", value: "text/csv")]

    @Test func archivedRowsFollowTheOthersFromPageToPageAndInTheTable() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional, .messagesRead])
        try await bench.run {
            let first = try await ledger.send("+6591234567", key: key)
            let second = try await ledger.send("+6591234568", key: key)
            try await ledger.archive()
            let third = try await ledger.send("+6591234567", key: key)

            let without = try await bench.call("GET", "/v1/ledger", key: key)
            #expect(ledger.messages(without) == [third])
            #expect(without["archives_not_searched"] == 1 && without["archive_faults"] == nil, "\(without.text)")
            let before = try await bench.call("GET", "/v1/ledger?to=2001-01-01T00:00:00Z", key: key)
            #expect(before["archives_not_searched"] == 0, "\(before.text)")

            var found: [String] = []
            var cursor = ""
            while found.count < 3 {
                let page = try await bench.call("GET", "/v1/ledger?archive=true&limit=1\(cursor)", key: key)
                #expect(page.status == 200 && page["archive_faults"] == [], "\(page.text)")
                #expect(page["archives_not_searched"] == nil)
                #expect(!page.text.contains("91234567"), "An archived address is not masked: \(page.text)")
                let more = ledger.messages(page)
                try #require(more.count == 1, "\(page.text)")
                found += more
                cursor = page["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
                #expect(cursor.isEmpty == (found.count == 3))
            }
            #expect(found == [third, second, first])

            let recipient = try await bench.call(
                "GET", "/v1/ledger?archive=true&recipient=9123%204567&source=checkout&status=sent", key: key)
            #expect(ledger.messages(recipient) == [third, first])
            let none = try await bench.call("GET", "/v1/ledger?archive=true&status=failed", key: key)
            #expect(ledger.messages(none) == [])

            let short = try await bench.call("GET", "/v1/ledger", key: key, headers: table)
            #expect(short.header("Herald-Archives-Not-Searched") == "1")
            #expect(short.text.split(separator: "\r\n").count == 2, "\(short.text)")
            let whole = try await bench.call("GET", "/v1/ledger?archive=true", key: key, headers: table)
            #expect(whole.header("Herald-Archives-Not-Searched") == nil && whole.header("Herald-Archive-Fault") == nil)
            let lines = whole.text.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != "," } }
            #expect(lines.map(String.init) == [third, second, first], "\(whole.text)")
        }
    }

    /// The files hold all tenants' rows, and no row-level security holds there.
    @Test func anotherTenantsArchivedRowsAreNotFound() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional, .messagesRead, .messagesUnmask])
        let rival = try await bench.key([.sendTransactional, .messagesRead, .messagesUnmask], of: bench.rival)
        try await bench.run {
            let own = try await ledger.send("+6591234567", key: key)
            let theirs = try await ledger.send("+6591234567", key: rival)
            let secret = try await ledger.send("+6598765432", key: rival)
            try await ledger.archive()
            let whole = try await bench.call("GET", "/v1/ledger?archive=true&recipient=%2B6598765432", key: rival)
            #expect(ledger.messages(whole) == [secret], "\(whole.text)")
            let row = try #require(whole["items"]?.arrayValue?.first)
            let campaign = try #require(row["campaign"]?.stringValue)
            let reference = try #require(row["provider_reference"]?.stringValue)

            for condition in [
                "recipient=%2B6598765432", "campaign=\(campaign)", "provider_reference=\(reference)",
                "campaign=\(campaign)&recipient=%2B6598765432&unmask=to", "source=nobody",
            ] {
                let page = try await bench.call("GET", "/v1/ledger?archive=true&\(condition)", key: key)
                #expect(page.status == 200 && ledger.messages(page) == [], "\(condition): \(page.text)")
                let file = try await bench.call(
                    "GET", "/v1/ledger?archive=true&\(condition)", key: key, headers: table)
                #expect(file.text.split(separator: "\r\n").count == 1, "\(condition): \(file.text)")
            }
            for condition in ["", "&recipient=%2B6591234567", "&source=checkout", "&provider=sand&channel=sms"] {
                let page = try await bench.call("GET", "/v1/ledger?archive=true\(condition)", key: key)
                #expect(ledger.messages(page) == [own], "\(condition): \(page.text)")
            }
            let file = try await bench.call("GET", "/v1/ledger?archive=true&unmask=to", key: key, headers: table)
            #expect(file.text.contains(own) && !file.text.contains(theirs) && !file.text.contains("98765432"))
            #expect(!file.text.contains("rival"))
            for id in [theirs, secret] {
                #expect(try await bench.call("GET", "/v1/messages/\(id)", key: key).status == 404)
            }
        }
    }

    /// Whoever only sends sees the rows of its own source, in archives too.
    @Test func aSourceSeesItsOwnArchivedRowsAlone() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            let own = try await ledger.send("+6591234567", key: key)
            try await ledger.archive()
            #expect(ledger.messages(try await bench.call("GET", "/v1/ledger?archive=true", key: key)) == [own])
            try await bench.database.run { try $0.execute("UPDATE campaign SET source = NULL") }
            #expect(ledger.messages(try await bench.call("GET", "/v1/ledger?archive=true", key: key)) == [])
        }
    }

    @Test func aBrokenArchiveIsNamedAndTheOthersAnswer() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional, .messagesRead])
        try await bench.run {
            let first = try await ledger.send("+6591234567", key: key)
            let gone = try await ledger.archive()
            let second = try await ledger.send("+6591234567", key: key)
            try await ledger.archive()
            let third = try await ledger.send("+6591234567", key: key)
            let readable = try await bench.call("GET", "/v1/messages/\(first)", key: key)
            #expect(readable["status"]?.stringValue == "sent" && readable["archive_faults"] == nil, "\(readable.text)")
            try FileManager.default.removeItem(atPath: gone)

            let name = try #require(gone.split(separator: "/").last)
            for condition in ["", "&recipient=%2B6591234567"] {
                let page = try await bench.call("GET", "/v1/ledger?archive=true\(condition)", key: key)
                #expect(page.status == 200 && ledger.messages(page) == [third, second], "\(page.text)")
                #expect(page["archive_faults"] == [.string("\(name) is missing.")], "\(page.text)")
                let file = try await bench.call("GET", "/v1/ledger?archive=true\(condition)", key: key, headers: table)
                #expect(file.header("Herald-Archive-Fault") == "\(name) is missing.")
                #expect(file.text.split(separator: "\r\n").count == 3, "\(file.text)")
            }
        }
    }

    /// What shows only while it is read can't stand in the head any more: it breaks the answer off at its end.
    @Test func aTableWithoutAPartThatNobodyForetoldDoesNotEndWell() async throws {
        let ledger = try await ArchivedLedger()
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional, .messagesRead])
        try await bench.run {
            let first = try await ledger.send("+6591234567", key: key)
            let file = URL(fileURLWithPath: try await ledger.archive())
            var bytes = try Data(contentsOf: file)
            bytes[bytes.startIndex + 20] ^= 0xFF
            try bytes.write(to: file)
            let page = try await bench.call("GET", "/v1/ledger?archive=true", key: key)
            #expect(page["archive_faults"]?.arrayValue?.count == 1 && ledger.messages(page) == [], "\(page.text)")
            await #expect(throws: (any Error).self) {
                try await bench.call("GET", "/v1/ledger?archive=true", key: key, headers: table)
            }
            // With time this goes too.
            try await bench.database.run { session in
                try session.execute("DELETE FROM call_log; DELETE FROM shard_body; DELETE FROM shard")
            }
            let message = try await bench.call("GET", "/v1/messages/\(first)", key: key)
            #expect(message.status == 503 && message.rule == "archive", "\(message.text)")
        }
    }

    @Test func aSearchThatTakesTooLongSaysWhatToDo() async throws {
        let ledger = try await ArchivedLedger(searchLimit: .nanoseconds(1))
        let bench = ledger.bench
        let key = try await bench.key([.sendTransactional, .messagesRead])
        try await bench.run {
            _ = try await ledger.send("+6591234567", key: key)
            try await ledger.archive()
            let answer = try await bench.call("GET", "/v1/ledger?archive=true", key: key)
            #expect(answer.status == 422 && answer.rule == "too_broad", "\(answer.text)")
        }
    }

    @Test func whatIsNeitherTrueNorFalseIsRefused() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.messagesRead])
        for headers in [[], table] {
            let answer = try await bench.call("GET", "/v1/ledger?archive=maybe", key: key, headers: headers)
            #expect(answer.status == 422 && answer.field == "archive", "\(answer.text)")
        }
    }
}
