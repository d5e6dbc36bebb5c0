import Domain

/// What is kept of one person beside messages: only hashes of the address lead to it.
package struct PersonRecord: Sendable {
    package struct SoftBounce: Sendable {
        package let message: MessageID
        package let at: Timestamp
    }

    package let suppressions: [Suppression]
    package let softBounces: [SoftBounce]
    package let denials: [DenyEntry]
}

extension PolicyStore {
    /// Under every spelling in which the address may have been taken in.
    package func record(
        tenant: Int64, kind: AddressKind, address: String, key: KeyedHash
    ) async throws -> PersonRecord {
        let spellings = kind == .email ? Set(LedgerQuery.Recipient.spellings(ofEmail: address)) : [address]
        let hashes = spellings.sorted().map { key.recipient(kind, Array($0.utf8).span).bytes }
        return try await database.run { session in
            PersonRecord(
                suppressions: try session.query(
                    "SELECT * FROM suppression WHERE tenant = $1 AND hash = ANY ($2) ORDER BY at",
                    [.int(tenant), .bytesArray(hashes)]
                ).map { try Suppression(row: $0) },
                softBounces: try session.query(
                    "SELECT message, at FROM soft_bounce WHERE tenant = $1 AND hash = ANY ($2) ORDER BY at, message",
                    [.int(tenant), .bytesArray(hashes)]
                ).map {
                    PersonRecord.SoftBounce(message: MessageID(rawValue: try $0.int("message")), at: try $0.time("at"))
                },
                denials: try session.query(
                    "SELECT * FROM deny WHERE tenant = $1 AND kind = 'address' AND value = ANY ($2) ORDER BY id",
                    [.int(tenant), .textArray(hashes.map { hex($0) })]
                ).map { try DenyEntry(row: $0) })
        }
    }
}
