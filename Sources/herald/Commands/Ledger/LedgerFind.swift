import Domain
import Reports
import Storage

/// `herald ledger find`: rows of the ledger by anything that is known of them, on the screen or as a file.
enum LedgerFind {
    static let command = Command(
        "ledger find", "search the ledger, newest first; conditions may be put together in any way",
        operands: "[ADDRESS]",
        options: [
            .value("tenant", "T", "the tenant's messages only; an address needs it"),
            .value("source", "NAME", "sent by this source"),
            .value("campaign", "N", "of this campaign or stream"),
            .value(
                "channel", "CHANNEL", "by this channel; tells what kind an address is, else email where there is an @"),
            .value("category", "CATEGORY", "otp, transactional, alert or marketing"),
            .value("status", "STATUS", "rows that say so, such as failed; several with commas"),
            .value("provider", "NAME", "through this provider"),
            .value("reference", "REF", "by what the provider calls the message"),
            .value("country", "CC", "to this country"),
            .value("from", "TIME", "from this day or instant on"),
            .value("to", "TIME", "up to this day, included, or before this instant"),
            .value("limit", "N", "how many rows at most (default 100; of a CSV all)"),
            .value("cursor", "CURSOR", "go on behind an earlier page"),
            .value("csv", "FILE", "all that fits as a CSV instead; - for standard output"),
            .flag("archive", "look into archives too; exit code 3 where one can't be read"),
            .archiveFolder,
            .value("within", "TIME", "how long the search may take (default 10s)"),
        ],
        example: "herald ledger find +6591234567 --tenant acme"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let query = try await query(arguments, installation)
        if let path = arguments.text("csv") {
            return try await export(query, to: path, arguments, installation, screen)
        }
        let limit = try arguments.integer("limit", in: 1...100_000) ?? 100
        let cursor = try arguments.text("cursor").map { text in
            guard let cursor = LedgerCursor(text) else {
                throw CommandError.usage("--cursor takes what an earlier search said; “\(text)” is none.")
            }
            return cursor
        }
        let time = try arguments.text("within").map { try TimeText.duration($0) } ?? LedgerStore.searchLimit
        var faults: [ArchiveFault] = []
        let found: [LedgerEntry]
        if let archives = try installation.archivesIfAsked(arguments) {
            let answer = try await installation.ledger.search(
                query, andIn: archives, after: cursor, limit: limit, within: time)
            (found, faults) = (answer.rows, answer.faults)
        } else {
            found = try await installation.ledger.search(query, after: cursor, limit: limit, within: time)
        }
        LedgerText.show(found, on: screen)
        screen.json(.array(found.map(LedgerText.json)))
        if found.count == limit, let last = found.last {
            screen.note("There may be more: --cursor \(LedgerCursor(after: last).text)")
        }
        // Archived rows are the oldest: they would follow a page that is full.
        if found.count < limit { try await noteArchives(query, arguments, installation, screen) }
        return ArchiveText.end(faults, screen)
    }

    /// Who says where archives are wants them read.
    static func readsArchives(_ arguments: Arguments) -> Bool {
        arguments.has("archive") || arguments.text(Option.archiveFolder.name) != nil
    }

    /// Nobody takes rows that were not looked for as rows that are not there.
    private static func noteArchives(
        _ query: LedgerQuery, _ arguments: Arguments, _ installation: Installation, _ screen: Screen
    ) async throws {
        guard !readsArchives(arguments) else { return }
        let count = try await ArchiveStore(ledger: installation.ledger).mayHave(query).count
        if count > 0 {
            screen.note("\(plural(count, "archive")) \(count == 1 ? "was" : "were") not searched: --archive")
        }
    }

    private static func export(
        _ query: LedgerQuery, to path: String, _ arguments: Arguments, _ installation: Installation, _ screen: Screen
    ) async throws -> ExitCode {
        for option in ["limit", "cursor", "within"] where arguments.text(option) != nil {
            throw CommandError.usage("--csv writes all that fits; leave --\(option) out.")
        }
        try await AuditStore(database: installation.database).add([
            AuditEntry("ledger.export", "ledger", by: arguments.audit, tenant: query.tenant)
        ])
        let file = try FileOutput(path == "-" ? nil : path, screen: screen)
        let archives = try installation.archivesIfAsked(arguments)
        let done = try await LedgerExport(ledger: installation.ledger, masks: false, archives: archives)
            .writeAll(query) { try file.write($0) }
        try file.close()
        screen.note(plural(done.rows, "row"))
        try await noteArchives(query, arguments, installation, screen)
        return ArchiveText.end(done.faults, screen)
    }

    private static func query(_ arguments: Arguments, _ installation: Installation) async throws -> LedgerQuery {
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments)
        let ledger = installation.ledger
        var query = LedgerQuery(tenant: tenant?.id)
        query.channel = try arguments.word("channel", of: Channel.self)
        if let text = arguments.operands.first {
            guard let tenant else {
                throw CommandError.usage("An address is looked for in one tenant's messages: --tenant is missing.")
            }
            let address = try AddressInput(text, channel: query.channel, region: tenant.region)
            query.recipient = LedgerQuery.Recipient(
                address.kind, address: address.normal,
                hash: try await installation.parties.key(of: tenant.id).recipients)
        }
        if let name = arguments.text("source") {
            let sources = try await ledger.sources(named: name, tenant: tenant?.id)
            guard !sources.isEmpty else {
                throw CommandError.failed("There is no source “\(name)”. `herald source list` shows them.")
            }
            query.sources = sources
        }
        if let name = arguments.text("provider") {
            let providers = try await ledger.providers(named: name)
            guard !providers.isEmpty else {
                throw CommandError.failed("There is no provider “\(name)”. `herald provider list` shows them.")
            }
            query.providers = providers
        }
        query.campaign = try arguments.integer("campaign", in: 1...1 << 28).map { Int64($0) }
        query.category = try arguments.word("category", of: Category.self)
        query.states = try states(arguments)
        query.reference = arguments.text("reference")
        query.country = try arguments.country("country")
        let zone = tenant?.timeZone ?? "UTC"
        (query.from, query.to) = try arguments.period(zone: zone)
        return query
    }

    private static func states(_ arguments: Arguments) throws -> Set<MessageState> {
        Set(
            try (arguments.text("status") ?? "").split(separator: ",").map { word in
                guard let state = MessageState.allCases.first(where: { $0.word == word.lowercased() }) else {
                    throw CommandError.usage(
                        "--status is one of \(MessageState.allCases.map(\.word).joined(separator: ", ")), not “\(word)”."
                    )
                }
                return state
            })
    }
}
