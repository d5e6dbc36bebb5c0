import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

/// Receipts that are brought by hand, dead letters and the log of calls, as a user's shell sees them.
@Suite(.database) struct ReceiptCommandTests {
    private func sent(_ rows: [String]) async throws -> HeraldCommand {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald("provider", "add", "box", "--kind", "sandbox")
        try await herald("route", "add", "--channel", "sms", "--providers", "box")
        try await herald("template", "add", "hi", "--tenant", "acme", "--channel", "sms", "--text", "Hi {{ name }}")
        let people = try herald.file("people.csv", "phone,name\n" + rows.map { "\($0),A\n" }.joined())
        try await herald("campaign", "send", people, "--tenant", "acme", "--template", "hi", "--wait")
        return herald
    }

    @Test func receiptsFromACSVFindTheirMessages() async throws {
        let herald = try await sent(["+6591234567", "+6591234568", "+6591234569"])
        let found = try await herald("ledger", "find", "+6591234567", "--tenant", "acme", "--json").json
        let reference = try #require(found.arrayValue?.first?["reference"]?.stringValue)
        let other = try await herald("ledger", "find", "+6591234568", "--tenant", "acme", "--json").json
        let message = try #require(other.arrayValue?.first?["message"]?.intValue)
        let file = try herald.file(
            "receipts.csv",
            "Reference,Message,State,Reason,Price\n\(reference),,delivered,,0.07\n,\(message),bounced,mailbox,\n"
                + "nobody,,delivered,,\n\(reference),,flown,,\n")
        let imported = try await herald("receipt", "import", file, "--provider", "box", "--currency", "EUR", "--json")
        #expect(imported.code == 3)
        #expect(try imported.json["added"] == 3 && imported.json["rejected"] == 1)
        #expect(imported.errors.contains("applied: 2") && imported.errors.contains("parked: 1"))
        let again = try await herald("receipt", "import", file, "--provider", "box", "--currency", "EUR", "--json")
        #expect(try again.json["added"] == 0 && again.json["known"] == 3)

        let outcome = try await herald("campaign", "show", "1", "--json").json
        #expect(outcome["states"] == ["sent": 1, "delivered": 1, "bounced": 1])
        #expect(outcome["cost"]?.arrayValue?.first?["amount"] == "0.07")
        #expect(try await herald("ledger", "verify").code == 0)
        #expect(try await herald("optout", "show", "+6591234568", "--tenant", "acme").output.contains("receipt box"))
        let results = try await herald("campaign", "results", "1")
        #expect(results.output.contains(",delivered,yes,") && results.output.contains(",0.070000,EUR,"))

        let parked = try await herald("receipt", "list", "--state", "parked", "--json").json
        let id = try #require(parked.arrayValue?.first?["id"]?.intValue)
        let shown = try await herald("receipt", "show", "\(id)")
        #expect(shown.output.contains("says: delivered, reference nobody"))
        let trace = try await herald("ledger", "trace", "\(message)", "--json").json
        #expect(trace["ledger"]?.arrayValue?.count == 2)
        let words = trace["timeline"]?.arrayValue?.compactMap { $0["event"]?.stringValue } ?? []
        #expect(words.first == "accepted" && words.last == "receipt" && words.contains("call"))
        let told = try await herald("ledger", "trace", "\(message)", "--text")
        #expect(told.output.contains("\nHi A\n") && told.output.contains("check opt out: passed"), "\(told.output)")
        #expect(try await herald("ledger", "trace", "\(message)", "--unmask", "code").code == 2)
        let csv = try await herald("ledger", "find", "--tenant", "acme", "--status", "sent", "--csv", "-")
        #expect(csv.output.split(separator: "\r\n").count == 4 && csv.output.contains(",+6591234568,SG,box,1,sent,"))
        let some = try await herald("ledger", "find", "--limit", "2", "--json")
        #expect(try some.json.arrayValue?.count == 2 && some.errors.contains("--cursor "))
        #expect(try await herald("ledger", "find", "+6591234567").code == 2)
        let today = try await herald("ledger", "find", "--from", "+1s", "--json")
        #expect(try today.json == [])
        #expect(trace["calls"]?.arrayValue?.first?["outcome"] == "sent")
    }

    /// Sent over SMTP, bounced with what really arrived, and brought as a file.
    @Test func aMailThatBouncedFindsItsMessageByItsMarkAlone() async throws {
        let herald = try HeraldCommand()
        let server = try PythonServer("mail/smtp_server.py", ["plain", herald.folder.path])
        defer { server.stop() }
        try await herald("tenant", "add", "acme", "--region", "SG")
        try await herald(
            "provider", "add", "relay", "--kind", "smtp", "--setting", "host=127.0.0.1", "--setting",
            "port=\(server.port)", "--setting", "security=none", "--setting", "internal=true", "--setting",
            "from=news@acme.example", "--setting", "unsubscribe_url=https://acme.example/u/{{id}}", "--setting",
            "report_secret=0123456789abcdef")
        try await herald("route", "add", "--channel", "email", "--providers", "relay")
        try await herald(
            "template", "add", "hi", "--tenant", "acme", "--channel", "email", "--subject", "Hi", "--text", "Hello")
        let people = try herald.file("people.csv", "email\nann@customer.example\n")
        try await herald("campaign", "send", people, "--tenant", "acme", "--template", "hi", "--wait")
        let line = try String(contentsOf: herald.folder.appending(path: "messages.jsonl"), encoding: .utf8)
        let bytes = PythonOracle.bytes(hex: Substring(try JSON.parse(line)["message"]?.stringValue ?? ""))
        let original = String(decoding: bytes, as: UTF8.self)

        func bounce(_ returned: String) -> String {
            """
            From: MAILER-DAEMON@customer.example
            To: bounces@acme.example
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.customer.example

            Final-Recipient: rfc822; ann@customer.example
            Action: failed
            Status: 5.1.1

            --b
            Content-Type: message/rfc822

            \(returned)
            --b--
            """
        }
        let forged = original.replacing(/-[0-9a-f]{16}/, with: "-0000000000000000")
        let refused = try await herald(
            "receipt", "import", try herald.file("forged.eml", bounce(forged)), "--provider", "relay")
        #expect(refused.errors.contains("unreadable: 1"), "\(refused.errors)")
        let believed = try await herald(
            "receipt", "import", try herald.file("bounce.eml", bounce(original)), "--provider", "relay")
        #expect(believed.errors.contains("applied: 1"), "\(believed.errors)")
        #expect(try await herald("campaign", "show", "1", "--json").json["states"] == ["bounced": 1])
        let optOut = try await herald("optout", "show", "ann@customer.example", "--tenant", "acme")
        #expect(optOut.output.contains("receipt relay"))
    }

    /// A receipt counts whatever its price is in; that is not booked, and it is said.
    @Test func aPriceInNoCurrencyLosesNoReceipt() async throws {
        let herald = try await sent(["+6591234567", "+6591234568"])
        let found = try await herald("ledger", "find", "--tenant", "acme", "--json").json.arrayValue ?? []
        let messages = try found.map { try #require($0["message"]?.intValue) }
        let file = try herald.file(
            "receipts.csv",
            "message,state,price,currency\n\(messages[0]),delivered,0.07,QQQ\n\(messages[1]),delivered,0.07,SGD\n")
        let imported = try await herald("receipt", "import", file, "--provider", "box", "--json")
        #expect(try imported.code == 0 && imported.json["added"] == 2, "\(imported.errors)")
        #expect(imported.errors.contains("1 price in no currency in use (line 2: “QQQ”) was not booked"))
        let outcome = try await herald("campaign", "show", "1", "--json").json
        #expect(outcome["states"] == ["delivered": 2] && outcome["cost"]?.arrayValue?.count == 1, "\(outcome.text)")
        let list = try await herald("receipt", "list")
        #expect(list.output.contains("delivered (its price was not booked: “QQQ” is no currency in use)"))
        let refused = try await herald("receipt", "import", file, "--provider", "box", "--currency", "XXX")
        #expect(refused.code == 2 && refused.errors.contains("--currency: “XXX”"), "\(refused.errors)")
    }

    /// Codes go out of use; what was stored in one is read, sent by and reported as before.
    @Test func aStoredPriceInACurrencyThatIsGoneHolds() async throws {
        let herald = try await sent(["+6591234567"])
        try await herald(
            "price", "add", "--provider", "box", "--channel", "sms", "--price", "0.05", "--currency", "SGD")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { try $0.execute("UPDATE price SET currency = 'HRK'") }
        await database.close()
        #expect(try await herald("price", "list", "--json").json.arrayValue?.first?["currency"] == "HRK")
        let people = try herald.file("more.csv", "phone,name\n+6591234570,B\n")
        let second = try await herald("campaign", "send", people, "--tenant", "acme", "--template", "hi", "--wait")
        #expect(second.code == 0, "\(second.errors)")
        let cost = try await herald("campaign", "show", "2", "--json").json["cost"]?.arrayValue ?? []
        #expect(cost.map { $0["currency"] } == ["HRK"], "\(cost)")
        #expect(try await herald("ledger", "verify").code == 0)
        let shown = try await herald("report", "show", "--day", "today")
        #expect(shown.code == 0 && shown.output.contains("HRK"), "\(shown.errors)\(shown.output)")
    }

    @Test func linesThatNobodyCanReadAreKept() async throws {
        let herald = try await sent(["+6591234567"])
        let file = try herald.file("lines.txt", "{\"a\":1}\nMessageSid=SM1&MessageStatus=delivered\n\n")
        let imported = try await herald("receipt", "import", file, "--provider", "box")
        #expect(imported.errors.contains("unreadable: 2"))
        let list = try await herald("receipt", "list", "--state", "unreadable")
        #expect(list.output.contains("calls nobody back") && list.output.contains("All: 2 unreadable"))
    }

    @Test func deadLettersAreListedReplayedAndDiscarded() async throws {
        let herald = try HeraldCommand()
        #expect(try await herald("deadletter", "list").code == 0)
        #expect(try await herald("deadletter", "replay").code == 2)
        #expect(try await herald("deadletter", "discard", "--campaign", "3").output == "0 discarded\n")
        #expect(try await herald("deadletter", "replay", "--campaign", "3", "--rate", "fast").code == 2)
        #expect(try await herald("deadletter", "show", "77").code == 1)
    }
}
