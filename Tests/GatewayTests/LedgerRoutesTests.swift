import Domain
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// `/v1/ledger`, and what `/v1/messages/{id}` tells of a message.
@Suite(.database) struct LedgerRoutesTests {
    private func send(_ bench: GatewayBench, _ to: String, key: String, category: String = "transactional") async throws
        -> String
    {
        let sent = try await bench.call(
            "POST", "/v1/messages",
            #"{"to":"\#(to)","template":"code","data":{"code":"483920"},"category":"\#(category)"}"#, key: key)
        let id = try #require(sent.ids.first, "\(sent.text)")
        _ = try await bench.message(id, is: "sent", key: key)
        return id
    }

    @Test func theLedgerIsSearchedByPagesMaskedAndAsATable() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional, .messagesRead])
        let auditor = try await bench.key([.messagesUnmask, .auditRead])
        let rival = try await bench.key([.messagesRead], of: bench.rival)
        try await bench.run {
            let first = try await send(bench, "+6591234567", key: key)
            _ = try await send(bench, "+6591234568", key: key)
            let third = try await send(bench, "9123 4567", key: key)
            let page = try await bench.call("GET", "/v1/ledger?recipient=9123%204567&limit=1", key: key)
            #expect(page.status == 200, "\(page.text)")
            #expect(page["items"]?.arrayValue?.compactMap { $0["message"]?.stringValue } == [third])
            #expect(page["items"]?.arrayValue?.first?["to"]?.stringValue == "+659•••567")
            let cursor = try #require(page["next_cursor"]?.stringValue)
            let next = try await bench.call(
                "GET", "/v1/ledger?recipient=%2B6591234567&limit=1&cursor=\(cursor)", key: key)
            #expect(next["items"]?.arrayValue?.compactMap { $0["message"]?.stringValue } == [first])
            #expect(next["next_cursor"] == .null)
            let all = try await bench.call(
                "GET", "/v1/ledger?source=checkout&channel=sms&category=transactional&status=sent,failed&provider=sand",
                key: key)
            #expect(all["items"]?.arrayValue?.count == 3, "\(all.text)")
            #expect(try await bench.call("GET", "/v1/ledger?category=otp", key: key)["items"]?.arrayValue == [])
            #expect(try await bench.call("GET", "/v1/ledger", key: rival)["items"]?.arrayValue == [])

            let table = try await bench.call("GET", "/v1/ledger", key: key, headers: [("Accept", "text/csv")])
            #expect(table.text.split(separator: "\r\n").count == 4 && !table.text.contains("91234567"), "\(table.text)")
            let refused = try await bench.call("GET", "/v1/ledger?unmask=to", key: key)
            #expect(refused.status == 403 && refused.rule == "scope")
            let whole = try await bench.call(
                "GET", "/v1/ledger?unmask=to", key: auditor, headers: [("Accept", "text/csv")])
            #expect(whole.text.contains(",+6591234567,"))
            let audit = try await bench.call("GET", "/v1/audit", key: auditor)
            let entries = (audit["items"]?.arrayValue ?? []).filter { $0["action"]?.stringValue == "ledger.export" }
            #expect(entries.map { $0["after"]?["shown"] } == [["to"], []], "\(audit.text)")
        }
    }

    @Test func whoMaySendSeesTheRowsOfItsOwnSource() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            _ = try await send(bench, "+6591234567", key: key)
            #expect(try await bench.call("GET", "/v1/ledger", key: key)["items"]?.arrayValue?.count == 1)
            try await bench.database.run { session in
                try session.execute("UPDATE campaign SET source = NULL")
            }
            #expect(try await bench.call("GET", "/v1/ledger", key: key)["items"]?.arrayValue?.count == 0)
        }
        let other = try await bench.key([.templatesRead])
        #expect(try await bench.call("GET", "/v1/ledger", key: other).status == 403)
    }

    @Test(arguments: [
        "recipient=", "recipient=12", "channel=fax", "category=love", "status=sent,", "status=gone", "campaign=x",
        "campaign=0", "country=Mars", "from=yesterday", "to=2026-13-01T00:00:00Z",
        "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "limit=0", "limit=201", "cursor=x", "cursor=1.2.3",
        "unmask=code",
    ])
    func whatCannotBeSearchedIsRefused(query: String) async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.messagesRead, .messagesUnmask])
        let answer = try await bench.call("GET", "/v1/ledger?\(query)", key: key)
        #expect(answer.status == 422, "\(query): \(answer.text)")
    }

    @Test func aMessagesTraceGoesFromItsAcceptToItsEnd() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        let reader = try await bench.key([.messagesUnmask, .auditRead])
        try await bench.run {
            let id = try await send(bench, "+6591234567", key: key)
            let message = try await bench.call("GET", "/v1/messages/\(id)", key: key)
            let trace = try #require(message["trace"]?.arrayValue)
            let words = trace.compactMap { $0["event"]?.stringValue }
            #expect(words.first == "accepted" && words.last == "state" && words.contains("call"), "\(words)")
            let times = trace.compactMap { $0["at"]?.stringValue }
            #expect(times == times.sorted())
            let checks = trace.filter { $0["event"]?.stringValue == "check" }
            #expect(checks.count == 8)
            #expect(checks.first { $0["check"]?.stringValue == "opt_out" }?["verdict"]?.stringValue == "not_asked")
            #expect(checks.first { $0["check"]?.stringValue == "suppression" }?["verdict"]?.stringValue == "passed")
            #expect(try await bench.call("GET", "/v1/messages/\(id)?unmask=text", key: key).status == 403)

            let whole = try await bench.call("GET", "/v1/messages/\(id)?unmask=to,text", key: reader)
            #expect(whole["to"]?.stringValue == "+6591234567")
            #expect(whole["text"]?["text"]?.stringValue == "Your code is 483920")
            #expect(whole["text"]?["masked"] == false)
            let audit = try await bench.call("GET", "/v1/audit", key: reader)
            let entry = try #require(
                audit["items"]?.arrayValue?.first { $0["action"]?.stringValue == "message.unmask" })
            #expect(entry["subject"]?.stringValue == id && entry["after"]?["shown"] == ["text", "to"])
        }
    }

    /// It waits: once it is sent, its data are gone within seconds.
    @Test func aOneTimePasswordIsMaskedUnlessItIsAskedForByName() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical, .messagesUnmask])
        try await bench.run {
            let due = (Timestamp.now + .seconds(300)).description
            let sent = try await bench.call(
                "POST", "/v1/messages",
                #"{"to":"+6591234567","template":"code","data":{"code":"A4B9-20"},"category":"otp","send_at":"\#(due)"}"#,
                key: key)
            let id = try #require(sent.ids.first, "\(sent.text)")
            let masked = try await bench.call("GET", "/v1/messages/\(id)?unmask=text", key: key)
            #expect(masked["text"]?["text"]?.stringValue == "Your code is ••••••", "\(masked.text)")
            #expect(masked["text"]?["masked"] == true && !masked.text.contains("A4B9"))
            let whole = try await bench.call("GET", "/v1/messages/\(id)?unmask=code", key: key)
            #expect(whole["text"]?["text"]?.stringValue == "Your code is A4B9-20")
            let plain = try await bench.call("GET", "/v1/messages/\(id)", key: key)
            #expect(plain["text"] == nil)
            #expect(plain["trace"]?.arrayValue?.contains { $0["event"]?.stringValue == "scheduled" } == true)
        }
    }

    @Test func whatNobodyKeepsAnyMoreIsSaidSo() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional, .messagesUnmask])
        try await bench.run {
            let id = try await send(bench, "+6591234567", key: key)
            try await bench.database.run { try $0.execute("DELETE FROM shard_body") }
            let message = try await bench.call("GET", "/v1/messages/\(id)?unmask=text", key: key)
            #expect(message["text"]?["gone"]?.stringValue?.contains("no longer kept") == true, "\(message.text)")
        }
    }

    @Test func webhooksOfAMessageAreInItsTrace() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        let tenant = bench.acme.tenant.id
        try await bench.database.run { session in
            try session.execute(
                """
                INSERT INTO webhook_endpoint (tenant, url, events, secret) VALUES (\(tenant), 'https://one.example/', 1 << 6, ''),
                       (\(tenant), 'https://two.example/', 1 << 8, '')
                """)
        }
        try await bench.run {
            let id = try await send(bench, "+6591234567", key: key)
            func webhooks() async throws -> [JSON] {
                let message = try await bench.call("GET", "/v1/messages/\(id)", key: key)
                return (message["trace"]?.arrayValue ?? []).filter { $0["event"]?.stringValue == "webhook" }
            }
            let waiting = try await webhooks()
            #expect(waiting.count == 1 && waiting[0]["about"]?.stringValue == "message.sent", "\(waiting)")
            #expect(waiting.first?["standing"]?.stringValue == "waiting")
            try await bench.database.run {
                try $0.execute(
                    """
                    SELECT settle_webhooks(array_agg(endpoint), array_agg(subject), array_agg(event), array_agg(attempts), array_agg(0),
                           array_agg(0::bigint), array_agg(204), array_agg(''::text), interval '1 day') FROM webhook_delivery
                    """)
            }
            let told = try #require(try await webhooks().first)
            #expect(told["standing"] == "told" && told["answer"] == 204 && told["host"] == "https://one.example/…")
        }
    }
}
