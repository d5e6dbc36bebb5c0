import Domain
import Storage

/// What somebody asks evidence of: messages by number, by recipient or by campaign, and between which times.
struct EvidenceQuestion {
    enum Subject {
        case messages([MessageID])
        case recipient(LedgerQuery.Recipient, shown: String)
        case campaign(Int64)
    }

    let tenant: Tenant
    let subject: Subject
    let from: Timestamp?
    let to: Timestamp?

    init(_ arguments: Arguments, _ installation: Installation) async throws {
        tenant = try await installation.tenant(arguments)
        let (messages, recipient, campaign) = (
            arguments.all("message"), arguments.text("recipient"), try arguments.integer("campaign", in: 1...1 << 28)
        )
        guard [!messages.isEmpty, recipient != nil, campaign != nil].count(where: { $0 }) == 1 else {
            throw CommandError.usage("Say of what: one of --message (as often as you like), --recipient or --campaign.")
        }
        if let recipient {
            let address = try AddressInput(recipient, channel: nil, region: tenant.region)
            let hash = try await installation.parties.key(of: tenant.id).recipients
            subject = .recipient(
                LedgerQuery.Recipient(address.kind, address: address.normal, hash: hash), shown: address.normal)
        } else if let campaign {
            guard try await installation.campaigns.campaign(Int64(campaign))?.tenant == tenant.id else {
                throw CommandError.failed("“\(tenant.name)” has no campaign \(campaign).")
            }
            subject = .campaign(Int64(campaign))
        } else {
            let numbers = messages.flatMap { $0.split(separator: ",") }.map { Int64($0) ?? 0 }
            guard numbers.allSatisfy({ $0 > 0 }) else {
                throw CommandError.usage("--message takes a message's number; `herald ledger find` shows them.")
            }
            subject = .messages(Set(numbers).sorted().map { MessageID(rawValue: $0) })
        }
        (from, to) = try arguments.period(zone: tenant.timeZone)
    }

    /// The messages' numbers, in their order, archived ones too. What is signed is all there is, or it is not signed.
    func messages(_ ledger: LedgerStore, andIn archives: ArchiveStore) async throws -> [MessageID] {
        var query = LedgerQuery(tenant: tenant.id)
        switch subject {
        case .messages(let messages): return messages
        case .recipient(let recipient, _): query.recipient = recipient
        case .campaign(let campaign): query.campaign = campaign
        }
        (query.from, query.to) = (from, to)
        var found: Set<MessageID> = []
        var cursor: LedgerCursor?
        while true {
            let answer = try await ledger.search(
                query, andIn: archives, after: cursor, limit: 5000, within: .seconds(120))
            try Self.require(answer.faults)
            let page = answer.rows
            found.formUnion(page.map(\.message))
            guard page.count == 5000, let last = page.last else { break }
            cursor = LedgerCursor(after: last)
        }
        return found.sorted { $0.rawValue < $1.rawValue }
    }

    static func require(_ faults: [ArchiveFault]) throws {
        guard let fault = faults.first else { return }
        throw CommandError.failed(
            "\(fault) Without it the evidence would not be all there is: put another copy in its place, or say where it is with "
                + "--archive-folder. Nothing was written.")
    }

    func json(masks: Bool) -> JSON {
        var object: JSONObject = ["tenant": .string(tenant.name)]
        switch subject {
        case .messages(let messages): object["messages"] = .array(messages.map { .int($0.rawValue) })
        case .recipient(_, let shown): object["recipient"] = .string(masks ? Masked.address(shown) : shown)
        case .campaign(let campaign): object["campaign"] = .int(campaign)
        }
        object["from"] = from.map { .string($0.description) } ?? .null
        object["to"] = to.map { .string($0.description) } ?? .null
        object["masked"] = .bool(masks)
        return .object(object)
    }
}
