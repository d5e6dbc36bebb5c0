import Domain
import Jobs
import Reports
import Storage

/// Collects what answers a question: the messages and their rows, their timelines, what webhooks were told, the versions of the
/// templates that they were made from, and what the audit says of those, of the campaigns and of the source's keys. Nothing
/// goes in that changes with the moment of asking.
struct EvidenceCollection {
    private let installation: Installation
    private let question: EvidenceQuestion
    private let masks: Bool
    private(set) var files: [String: SpoolFile] = [:]
    private var campaigns: [Int64: Campaign] = [:]
    private var newest: Timestamp?
    private var rows: Int64 = 0
    private(set) var messages = 0
    private let folder: String
    private let archives: ArchiveStore
    /// So many that a block of an archive, some thousand rows, is read for few batches.
    private static let batch = 2048

    init(
        _ question: EvidenceQuestion, _ installation: Installation, masks: Bool, folder: String, archives: ArchiveStore
    ) throws {
        self.archives = archives
        self.installation = installation
        self.question = question
        self.masks = masks
        self.folder = folder
        for name in ["messages", "ledger", "timelines", "webhooks", "campaigns", "audit"] {
            files[name + ".ndjson"] = try SpoolFile(in: folder)
        }
    }

    mutating func collect(_ progress: (Int, Int) -> Void) async throws {
        let numbers = try await question.messages(installation.ledger, andIn: archives)
        var start = 0
        var missing = Set(numbers)
        while start < numbers.count {
            let some = numbers[start..<min(start + Self.batch, numbers.count)]
            for trace in try await traces(Array(some)) {
                try EvidenceQuestion.require(trace.archiveFaults)
                try add(trace)
                missing.remove(trace.message)
            }
            start += some.count
            progress(start, numbers.count)
        }
        if case .messages = question.subject, !missing.isEmpty {
            let names = missing.map(\.rawValue).sorted().map { String($0) }.joined(separator: ", ")
            throw CommandError.failed(
                "“\(question.tenant.name)” has no message \(names). `herald ledger find` shows them. Nothing was written."
            )
        }
        guard messages > 0 else {
            throw CommandError.failed(
                "Nothing is known of that, so there is nothing to sign. `herald ledger find --archive` shows what there is."
            )
        }
        for campaign in campaigns.values.sorted(by: { $0.id < $1.id }) { try line("campaigns", Self.json(campaign)) }
        let templates = try await addTemplates()
        try await addAudit(templates)
    }

    /// What the manifest says besides its files.
    var facts: JSONObject {
        [
            "version": .int(Int64(Migrations.latest)), "question": question.json(masks: masks),
            "ledger": [
                "messages": .int(Int64(messages)), "rows": .int(rows),
                "newest_row": newest.map { .string($0.description) } ?? .null,
            ],
        ]
    }

    // MARK: Messages

    /// In the order of their numbers; those of another tenant are as good as none.
    private mutating func traces(_ numbers: [MessageID]) async throws -> [MessageTrace] {
        for id in Set(numbers.map { $0.shard >> 24 }) where campaigns[id] == nil {
            campaigns[id] = try await installation.campaigns.campaign(id)
        }
        let tenant = question.tenant.id
        campaigns = campaigns.filter { $0.value.tenant == tenant }
        let requests = numbers.compactMap { number in
            campaigns[number.shard >> 24].map { MessageTrace.Request(number, campaign: $0) }
        }
        return try await MessageTrace.load(
            requests, database: installation.database, keys: installation.keys, archives: archives)
    }

    private mutating func add(_ trace: MessageTrace) throws {
        let number = JSON.int(trace.message.rawValue)
        // Whatever waits for its time waits in every answer.
        let asOf = question.to ?? trace.rows.map(\.at).max() ?? trace.acceptedAt
        messages += 1
        rows += Int64(trace.rows.count)
        if let last = trace.rows.map(\.at).max() { newest = max(newest ?? last, last) }
        try line(
            "messages",
            [
                "message": number, "recipient": shown(trace.rows.first?.recipient),
                "campaign": .int(trace.campaign.id), "source": .string(trace.campaign.sourceName),
                "category": .string(trace.campaign.category.rawValue),
                "channel": .string((trace.rows.last?.channel ?? trace.campaign.channel).rawValue),
                "template": .int(trace.campaign.template), "status": .string(trace.status(now: asOf)),
                "cost": Self.cost(trace.rows),
            ])
        for row in trace.rows {
            try line(
                "ledger",
                [
                    "message": number, "at": .string(row.at.description), "attempt": .int(Int64(row.attempt)),
                    "provider": .string(row.provider), "channel": .string(row.channel.rawValue),
                    "recipient": shown(row.recipient), "state": .string(row.state.word), "final": .bool(row.final),
                    "corrects": row.was.map { .string($0.word) } ?? .null, "reason": .string(row.reason),
                    "country": .string(row.country), "segments": .int(Int64(row.segments)),
                    "cost": .string(PriceText.decimal(row.cost)), "currency": .string(row.currency),
                    "reference": .string(row.reference),
                ])
        }
        // Webhooks have a file of their own: when the next try is due is nothing that happened.
        let events = trace.timeline(now: asOf).filter { $0.kind != .webhook }.map(\.json)
        try line("timelines", ["message": number, "events": .array(events)])
        for webhook in trace.webhooks {
            var object: JSONObject = ["message": number, "at": .string(webhook.at.description)]
            for (name, value) in webhook.facts { object[name] = value }
            try line("webhooks", .object(object))
        }
    }

    private func shown(_ address: String?) -> JSON {
        address.map { .string(masks ? Masked.address($0) : $0) } ?? .null
    }

    private static func cost(_ rows: [LedgerEntry]) -> JSON {
        let sums = Dictionary(grouping: rows.filter { $0.cost != 0 }, by: \.currency)
        return .array(
            sums.sorted { $0.key < $1.key }.map { currency, rows in
                [
                    "amount": .string(PriceText.decimal(rows.reduce(0) { $0 + $1.cost })),
                    "currency": .string(currency),
                ]
            })
    }

    private static func json(_ campaign: Campaign) -> JSON {
        [
            "campaign": .int(campaign.id), "name": .string(campaign.name), "source": .string(campaign.sourceName),
            "template": .int(campaign.template), "template_name": .string(campaign.templateName),
            "channel": .string(campaign.channel.rawValue), "category": .string(campaign.category.rawValue),
            "priority": .string(campaign.priority.word), "created_at": .string(campaign.createdAt.description),
            "by_api": .bool(campaign.isStream), "resend_of": campaign.resendOf.map { .int($0) } ?? .null,
        ]
    }

    // MARK: What they were made from, and who is behind that

    /// Returns the templates' names.
    private mutating func addTemplates() async throws -> Set<String> {
        var names: Set<String> = []
        for id in Set(campaigns.values.map(\.template)).sorted() {
            guard let version = try await installation.parties.template(id: id) else { continue }
            names.insert(version.name)
            let file = try SpoolFile(in: folder)
            let object: JSON = [
                "template": .int(version.id), "name": .string(version.name), "version": .int(version.version),
                "channel": .string(version.channel.rawValue), "created_at": .string(version.createdAt.description),
                "approved_by": version.approval.map { .string($0.by) } ?? .null,
                "approved_at": version.approval.map { .string($0.at.description) } ?? .null,
                "content": (try? JSON.parse(version.content)) ?? .string(version.content),
            ]
            try file.line(object.text)
            files["templates/\(version.name)-v\(version.version).json"] = file
        }
        return names
    }

    private mutating func addAudit(_ templates: Set<String>) async throws {
        let sources = Set(campaigns.values.map(\.sourceName)).subtracting([""])
        let found = try await installation.audit.linked(
            tenant: question.tenant.id,
            about: AuditStore.Subjects(
                templates: templates.sorted(), campaigns: campaigns.keys.sorted().map { String($0) },
                sources: sources.sorted()))
        for link in found {
            try line(
                "audit",
                [
                    "sequence": .int(link.seq), "hash": .string(hex(link.hash)), "id": .int(link.entry.id),
                    "at": .string(link.entry.at.description), "actor": .string(link.entry.actor),
                    "origin": .string(link.entry.origin), "action": .string(link.entry.action),
                    "subject": .string(link.entry.subject), "before": Self.parsed(link.entry.before),
                    "after": Self.parsed(link.entry.after),
                ])
        }
    }

    private static func parsed(_ text: String?) -> JSON { text.flatMap { try? JSON.parse($0) } ?? .null }

    private func line(_ name: String, _ json: JSON) throws { try files[name + ".ndjson"]?.line(json.text) }
}
