import Domain
import Storage

/// Everything that is held of one person at one tenant, as one JSON document of any length: message by message, so that
/// memory stays flat. Found under every spelling of the address.
package struct PersonExport: Sendable {
    package struct Person: Sendable {
        package let tenant: Tenant
        package let kind: AddressKind
        /// In its normal form.
        package let address: String

        package init(tenant: Tenant, kind: AddressKind, address: String) {
            self.tenant = tenant
            self.kind = kind
            self.address = address
        }
    }

    private let database: Database
    private let keys: KeyRing
    private let archives: ArchiveStore
    private static let pageSize = 200

    package init(database: Database, keys: KeyRing, archives: ArchiveStore? = nil) {
        self.database = database
        self.keys = keys
        self.archives = (archives ?? ArchiveStore(database: database, keys: keys)).keptOpen
    }

    /// Writes the document, archived messages too; returns how many there are, and which archives could not be read. Those are
    /// named in the document, so that nobody takes it for all there is.
    package func write(
        _ person: Person, now: Timestamp = .now, to output: ([UInt8]) async throws -> Void
    ) async throws -> (messages: Int, faults: [ArchiveFault]) {
        let key = try await PartyStore(database: database, keys: keys).key(of: person.tenant.id)
        let record = try await PolicyStore(database: database).record(
            tenant: person.tenant.id, kind: person.kind, address: person.address, key: key.recipients)
        let head: JSON = [
            "format": "herald person 1", "tenant": .string(person.tenant.name), "recipient": .string(person.address),
            "made_at": .string(now.description), "suppressions": .array(record.suppressions.map(Self.json)),
            "denied": .array(
                record.denials.map { ["since": .string($0.at.description), "note": .string($0.note)] }),
            "soft_bounces": .array(
                record.softBounces.map {
                    ["message": .string(String($0.message.rawValue)), "at": .string($0.at.description)]
                }),
        ]
        try await output(Array(head.text.utf8).dropLast() + Array(",\"messages\":[".utf8))
        var query = LedgerQuery(tenant: person.tenant.id)
        query.recipient = LedgerQuery.Recipient(person.kind, address: person.address, hash: key.recipients)
        let ledger = LedgerStore(database: database, keys: keys)
        // A message's rows may lie on several pages.
        var (seen, campaigns): (Set<MessageID>, [Int64: Campaign]) = ([], [:])
        var faults: [ArchiveFault] = []
        var written = 0
        var cursor: LedgerCursor?
        while true {
            let answer = try await ledger.search(
                query, andIn: archives, after: cursor, limit: Self.pageSize, within: .seconds(60))
            let page = answer.rows
            faults += answer.faults.filter { !faults.contains($0) }
            var requests: [MessageTrace.Request] = []
            for row in page where seen.insert(row.message).inserted {
                if campaigns[row.campaign] == nil {
                    campaigns[row.campaign] = try await CampaignStore(database: database).campaign(row.campaign)
                }
                guard let campaign = campaigns[row.campaign] else { continue }
                requests.append(MessageTrace.Request(row.message, campaign: campaign))
            }
            let traces = try await MessageTrace.load(requests, database: database, keys: keys, archives: archives)
            let known = Dictionary(uniqueKeysWithValues: traces.map { ($0.message, $0) })
            for request in requests {
                let message = try await message(request, known[request.message], key, now)
                try await output(Array(((written == 0 ? "\n" : ",\n") + message.text).utf8))
                written += 1
            }
            guard page.count == Self.pageSize, let last = page.last else { break }
            cursor = LedgerCursor(after: last)
        }
        let unread = JSON.array(faults.map { .string($0.withoutFolder) })
        try await output(Array((faults.isEmpty ? "\n]}\n" : "\n],\"not_searched\":\(unread.text)}\n").utf8))
        return (seen.count, faults)
    }

    private static func json(_ suppression: Suppression) -> JSON {
        [
            "channel": .string(suppression.channel?.rawValue ?? "all"), "reason": .string(suppression.reason.rawValue),
            "since": .string(suppression.at.description), "origin": .string(suppression.origin),
        ]
    }

    // MARK: A message

    private func message(
        _ request: MessageTrace.Request, _ trace: MessageTrace?, _ key: TenantKey, _ now: Timestamp
    ) async throws -> JSON {
        let (id, campaign) = (request.message, request.campaign)
        var object: JSONObject = [
            "message": .string(String(id.rawValue)), "campaign": .string(campaign.name),
            "source": .string(campaign.sourceName), "category": .string(campaign.category.rawValue),
            "template": .string(campaign.templateName),
        ]
        guard let trace else { return .object(object) }
        object["recipient"] = trace.rows.first.map { .string($0.recipient) } ?? .null
        object["channel"] = .string((trace.rows.last?.channel ?? campaign.channel).rawValue)
        object["status"] = .string(trace.status(now: now))
        do {
            let content = try await MessageText.read(trace, showsCode: false, database: database, keys: keys)
            object["content"] = content.json
        } catch let gone as MessageText.Gone {
            object["content_gone"] = .string(gone.description)
        }
        if let note = try await StreamStore(database: database).note(of: id, tenant: campaign.tenant) {
            object["reference"] = .string(note.reference)
            if let sealed = note.sealed { object["metadata"] = try JSON.parse(key.openNote(sealed)) }
        }
        // With its calls, its receipts and whom webhooks told.
        object["timeline"] = .array(trace.timeline(now: now).map(\.json))
        return .object(object)
    }
}
