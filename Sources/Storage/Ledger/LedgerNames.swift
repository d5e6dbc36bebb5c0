import Domain

/// What the numbers in ledger rows stand for, read once for many rows, and the keys that unseal their addresses.
package struct LedgerNames: Sendable {
    package struct CampaignNames: Sendable {
        package let name: String
        package let source: String
        package let category: Category
        package let tenant: String
    }

    package private(set) var campaigns: [Int64: CampaignNames] = [:]
    package private(set) var providers: [Int64: String] = [:]
    private var tenantKeys: [Int64: TenantKey] = [:]
    private var salts: [Int64: [UInt8]] = [:]

    init() {}

    init(of rows: [FoundRow], keys: KeyRing, on session: PostgresSession) throws {
        guard !rows.isEmpty else { return }
        try learn(
            campaigns: Set(rows.map(\.campaign)), slices: Set(rows.map(\.slice)), keys: keys, on: session)
    }

    /// Reads what is not known yet.
    mutating func learn(
        campaigns wanted: Set<Int64>, slices: Set<Int64>, keys: KeyRing, on session: PostgresSession
    ) throws {
        let new = wanted.filter { campaigns[$0] == nil }
        if !new.isEmpty {
            let rows = try session.query(
                """
                SELECT c.id, c.name, c.category, c.tenant, t.name AS tenant_name, t.sealed_key, coalesce(s.name, '') AS source_name
                  FROM campaign c JOIN tenant t ON t.id = c.tenant LEFT JOIN source s ON s.id = c.source
                 WHERE c.id = ANY ($1)
                """, [.intArray(Array(new))])
            for place in 0..<rows.count {
                let row = rows[place]
                let tenant = try row.int("tenant")
                guard let category = Category(code: try row.int("category")) else {
                    throw StorageError.malformed("campaign")
                }
                campaigns[try row.int("id")] = CampaignNames(
                    name: try row.text("name"), source: try row.text("source_name"), category: category,
                    tenant: try row.text("tenant_name"))
                if tenantKeys[tenant] == nil {
                    tenantKeys[tenant] = try keys.key(tenant: tenant, sealed: row.bytes("sealed_key"))
                }
            }
            for row in try session.query("SELECT id, name FROM provider").map({
                (try $0.int("id"), try $0.text("name"))
            }) { providers[row.0] = row.1 }
        }
        let newSlices = slices.filter { salts[$0] == nil }
        guard !newSlices.isEmpty else { return }
        for row in try session.query(
            "SELECT number, salt FROM ledger_slice WHERE number = ANY ($1)", [.intArray(Array(newSlices))]
        ).map({ (try $0.int("number"), try $0.bytes("salt")) }) { salts[row.0] = row.1 }
    }

    /// Salts of slices that are in archives.
    mutating func know(salts more: [Int64: [UInt8]]) { salts.merge(more) { $1 } }

    /// What unseals the addresses of a tenant in a slice; one for each thread.
    package func cipher(tenant: Int64, slice: Int64) throws(StorageError) -> Cipher {
        guard let key = tenantKeys[tenant], let salt = salts[slice] else {
            throw .malformed("no key of tenant \(tenant)")
        }
        return key.ledgerCipher(slice: LedgerSlice(number: Int(slice), salt: salt))
    }

    /// The hash only filters: the address itself confirms.
    func entries(_ rows: [FoundRow], for recipient: LedgerQuery.Recipient?) throws -> [LedgerEntry] {
        var ciphers: [Int64: [Int64: Cipher]] = [:]
        var entries: [LedgerEntry] = []
        for row in rows {
            let cipher = try ciphers[row.tenant]?[row.slice] ?? self.cipher(tenant: row.tenant, slice: row.slice)
            ciphers[row.tenant, default: [:]][row.slice] = cipher
            guard let plain = cipher.open(row.recipient.span, nonce: LedgerRow.nonce(row.message, row.channel)) else {
                throw StorageError.malformed("an address that can't be unsealed")
            }
            let address = String(decoding: plain, as: UTF8.self)
            if let recipient, !recipient.spellings.contains(address) { continue }
            guard let campaign = campaigns[row.campaign] else {
                throw StorageError.malformed("no campaign \(row.campaign)")
            }
            entries.append(
                LedgerEntry(row, recipient: address, campaign: campaign, provider: providers[row.provider] ?? ""))
        }
        return entries
    }
}
