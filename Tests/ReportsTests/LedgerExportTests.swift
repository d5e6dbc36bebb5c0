import Domain
import Reports
import Storage
import TestDatabase
import TestSupport
import Testing

@Suite(.database) struct LedgerExportTests {
    private let keys = KeyRing(masterKey: [UInt8](repeating: 7, count: 32))

    private func fill(_ count: Int) async throws -> (LedgerStore, Int64) {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 3)
        try await database.run { _ = try Migrations.apply(on: $0) }
        let parties = PartyStore(database: database, keys: keys)
        let tenant = try await parties.addTenant(name: "acme", tier: .paid, region: .none, timeZone: "UTC")
        try await database.run { session in
            try session.execute(
                """
                INSERT INTO provider (name, kind, sealed_settings) VALUES ('telco', 'sandbox', '');
                INSERT INTO source (tenant, name) VALUES (\(tenant.id), 'shop');
                INSERT INTO template (tenant, name, version, channel, content) VALUES (\(tenant.id), 't', 1, 1, '{}');
                INSERT INTO campaign (id, tenant, source, template, name, channel, category, priority, state, expires_at, fingerprint,
                                      columns, dedupe, recipients, rejected, duplicates, first_slice)
                VALUES (1, \(tenant.id), 1, 1, '=SUM(A1), "spring"', 1, 4, 3, 'finished', now(), '', '{}', 'address', \(count), 0, 0, 0)
                """)
        }
        let ledger = LedgerStore(database: database, keys: keys)
        let key = try await parties.key(of: tenant.id)
        let slice = try await ledger.currentSlice()
        var rows = CopyRows()
        for index in 0..<count {
            let address = Array("+65\(91_000_000 + index)".utf8)
            var row = LedgerRow(
                message: MessageID(shard: MessageID.shard(campaign: 1, number: index / 2000), index: index % 2000),
                at: Timestamp(micros: 1_750_000_000_123_000 + Int64(index) * 1_000_000),
                hash: key.recipients.recipient(.phone, address.span), campaign: 1, tenant: tenant.id, channel: .sms,
                attempt: 1, segments: 2, state: index % 7 == 0 ? .failed : .sent, country: Region("SG") ?? .none)
            row.provider = 1
            row.cost = index % 7 == 0 ? 0 : 42_501
            row.currency = row.cost == 0 ? "" : "SGD"
            row.reason = index % 7 == 0 ? "+cmd|'/c calc'" : ""
            row.reference = "-\(index)"
            row.append(to: &rows, slice: slice, address: address.span, sealedWith: key.ledgerCipher(slice: slice))
        }
        rows.finish()
        let bytes = rows.bytes
        try await database.run { session in
            try session.startCopy("COPY \(slice.table) (\(LedgerRow.columns)) FROM STDIN (FORMAT binary)")
            try session.putCopy(bytes)
            try session.endCopy()
        }
        return (ledger, tenant.id)
    }

    private func table(_ ledger: LedgerStore, _ query: LedgerQuery, masks: Bool = false) async throws -> (Int, String) {
        var bytes: [UInt8] = []
        let count = try await LedgerExport(ledger: ledger, masks: masks).write(query) { bytes += $0 }
        return (count, String(decoding: bytes, as: UTF8.self))
    }

    @Test func aRowHasAllThatIsKnownAndNoFormula() async throws {
        let (ledger, tenant) = try await fill(2)
        let (count, text) = try await table(ledger, LedgerQuery(tenant: tenant))
        #expect(count == 2)
        #expect(
            text == LedgerExport.columns.joined(separator: ",") + "\r\n"
                + "34359738369,2025-06-15T15:06:41.123Z,acme,shop,1,\"'=SUM(A1), \"\"spring\"\"\",sms,marketing,+6591000001,SG,telco,1,"
                + "sent,yes,,,2,0.042501,SGD,-1\r\n"
                + "34359738368,2025-06-15T15:06:40.123Z,acme,shop,1,\"'=SUM(A1), \"\"spring\"\"\",sms,marketing,+6591000000,SG,telco,1,"
                + "failed,yes,,'+cmd|'/c calc',2,0.000000,,-0\r\n")
        let masked = try await table(ledger, LedgerQuery(tenant: tenant), masks: true).1
        #expect(masked.contains("'+659•••001") || masked.contains("+659•••001"))
        #expect(!masked.contains("+6591000001"))
    }

    /// By pages of the table and by the index: the same lines, though in an order of their own.
    @Test func longTablesAreWholeAndTheLastComesFirst() async throws {
        let (ledger, tenant) = try await fill(60_000)
        let (count, text) = try await table(ledger, LedgerQuery(tenant: tenant))
        let lines = text.split(separator: "\r\n")
        #expect(count == 60_000 && lines.count == 60_001 && Set(lines).count == 60_001)
        let times = lines.dropFirst().map { $0.split(separator: ",")[1] }
        #expect(times == times.sorted(by: >))

        var failed = LedgerQuery(tenant: tenant)
        failed.states = [.failed]
        failed.campaign = 1
        #expect(try await table(ledger, failed).0 == 60_000 / 7 + 1)
        var other = LedgerQuery(tenant: tenant + 1)
        #expect(try await table(ledger, other).0 == 0)
        other = LedgerQuery(tenant: tenant)
        other.reference = "-59999"
        let (one, line) = try await table(ledger, other)
        #expect(one == 1 && text.contains(line.split(separator: "\r\n")[1]))
    }

    struct Gone: Error {}

    @Test func whoStopsReadingStopsTheExport() async throws {
        let (ledger, tenant) = try await fill(3)
        await #expect(throws: Gone.self) {
            _ = try await LedgerExport(ledger: ledger, masks: false).write(LedgerQuery(tenant: tenant)) { bytes in
                if bytes.count > 300 { throw Gone() }
            }
        }
    }
}
