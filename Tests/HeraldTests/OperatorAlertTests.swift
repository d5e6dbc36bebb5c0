import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

/// A spike in what was really counted, found by a working process, on its way to the person who has to know.
@Suite(.database) struct OperatorAlertTests {
    /// Nine weeks of a hundred messages in each quarter of an hour, and three thousand in this one.
    private static let spike = """
        UPDATE tenant SET created_at = '2025-01-01';
        INSERT INTO source (tenant, name, created_at) VALUES (1, 'shop', '2025-01-01');
        INSERT INTO provider (name, kind, sealed_settings, created_at) VALUES ('telco', 'sandbox', '', '2025-01-01');
        INSERT INTO template (tenant, name, version, channel, content) VALUES (1, 't', 1, 1, '{}');
        INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                              columns, dedupe, recipients, rejected, duplicates, first_slice, stream, day)
        VALUES (1, 1, 1, 1, 'shop t', 1, 1, 0, 'running', now() + interval '1 day', '', '{}', 'none', 0, 0, 0, 1, true, current_date);
        INSERT INTO rollup (bucket, campaign, provider, state, country, currency, messages, attempts, segments, cost, channel)
        SELECT q.at, 1, 1, 6, 'SG', '', n.count, n.count, n.count, 0, 1
          FROM generate_series(report_bucket(now() - interval '63 days'), report_bucket(now()), interval '15 minutes') q(at),
               LATERAL (SELECT CASE WHEN q.at = report_bucket(now()) THEN 3000 ELSE 100 END AS count) n;
        """

    @Test func aSpikeReachesTheOperatorsWebhookMailboxLogAndMetrics() async throws {
        let herald = try HeraldCommand()
        try await herald("tenant", "add", "acme")
        let database = Database(url: try TestDatabase.current.connectionString, connections: 1)
        try await database.run { try $0.execute(Self.spike) }
        await database.close()
        let hook = try WebhookReceiver()
        let mail = try PythonServer("mail/smtp_server.py", ["plain", herald.folder.path])
        defer {
            hook.stop()
            mail.stop()
        }
        // As the machine's own sendmail: it hands on to a mail server.
        let program = try herald.file(
            "sendmail",
            """
            #!/usr/bin/env python3
            import smtplib, sys
            assert sys.argv[1:3] == ["-i", "--"]
            with smtplib.SMTP("127.0.0.1", \(mail.port)) as server:
                server.sendmail("herald@machine.example", sys.argv[3:], sys.stdin.buffer.read())

            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let log = herald.folder.appending(path: "work.log").path
        let working = try ChildProcess(
            HeraldCommand.binary.path, ["work", "--metrics-address", "127.0.0.1:0"],
            environment: [
                "HERALD_HOME": herald.folder.path, "HERALD_MASTER_KEY": String(repeating: "07", count: 32),
                "HERALD_DATABASE_URL": try TestDatabase.current.connectionString, "PATH": "/usr/bin:/bin",
                "HERALD_ALERT_WEBHOOK": hook.url("/ops"), "HERALD_ALERT_MAIL": "ops@example.com",
                "HERALD_SENDMAIL": program,
            ], output: .file(log), errors: .output)
        defer { working.signal(SIGKILL) }
        // The first look comes a quarter of a minute after the start.
        let letters = herald.folder.appending(path: "messages.jsonl")
        try await eventually {
            (try? String(contentsOf: letters, encoding: .utf8))?.contains("\n") == true
        }
        let told = try #require(try hook.events("/ops").first)
        let json = try JSON.parse(told.body)
        #expect(json["event"] == "alert.opened" && json["alert"]?["rule"] == "country-spike", "\(told.body)")
        #expect(json["text"]?.stringValue?.contains("source shop of acme") == true, "\(told.body)")
        let line = try #require(try String(contentsOf: letters, encoding: .utf8).split(separator: "\n").first)
        let letter = try JSON.parse(String(line))
        let bytes = PythonOracle.bytes(hex: Substring(letter["message"]?.stringValue ?? ""))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("To: ops@example.com") && text.contains("shop of acme"), "\(text)")

        let said = try String(contentsOfFile: log, encoding: .utf8)
        #expect(said.contains("shop of acme"), "\(said)")
        let page = try #require(said.firstMatch(of: /Metrics are at (\S+\/metrics)/)?.output.1)
        let metrics = try ChildProcess(
            "/usr/bin/curl", ["-sk", "--max-time", "60", String(page)], environment: [:], input: .nothing,
            output: .pipe,
            errors: .ours)
        let shown = String(decoding: metrics.rest(), as: UTF8.self)
        #expect(metrics.wait() == 0)
        #expect(shown.contains(/herald_alerts_open\{measure="volume"\} [1-9]/), "\(shown)")
        working.signal(SIGTERM)
        #expect(await working.end() == 0)
    }
}
