import Domain
import Foundation
import Jobs
import Storage

/// The Herald that a command works on: its database and its keys. Commands attach to what `herald up`
/// runs, or to the database that HERALD_DATABASE_URL names.
struct Installation: Sendable {
    let home: HeraldHome
    let database: Database
    /// For urgent work, so that bulk never makes it wait for a connection.
    let fastDatabase: Database
    let keys: KeyRing
    var parties: PartyStore { PartyStore(database: database, keys: keys) }
    var providers: ProviderStore { ProviderStore(database: database, keys: keys) }
    var routes: RouteStore { RouteStore(database: database) }
    var senders: SenderStore { SenderStore(database: database) }
    var policy: PolicyStore { PolicyStore(database: database) }
    var campaigns: CampaignStore { CampaignStore(database: database) }
    var ledger: LedgerStore { LedgerStore(database: database, keys: keys) }
    var usage: UsageStore { UsageStore(database: database) }
    var callbacks: CallbackStore { CallbackStore(database: database, keys: keys) }
    var deadLetters: DeadLetterStore { DeadLetterStore(database: database) }
    var calls: CallStore { CallStore(database: database) }
    var work: WorkStore { WorkStore(database: database) }
    var workers: WorkerStore { WorkerStore(database: database) }

    static func home(_ arguments: Arguments) -> HeraldHome {
        HeraldHome(option: arguments.text("home"), environment: arguments.environment)
    }

    /// Attaches; fails with what to do if nothing runs. What the command changes is audited as its user's; what a process
    /// that serves changes is whoever's it serves.
    static func open(_ arguments: Arguments, serves: Bool = false) async throws -> Installation {
        try await open(
            url: try await url(arguments), home: home(arguments), environment: arguments.environment,
            origin: serves ? nil : arguments.audit)
    }

    /// The database that runs here, or the one that is named.
    static func url(_ arguments: Arguments) async throws -> String {
        let environment = arguments.environment
        if let given = environment["HERALD_DATABASE_URL"], !given.isEmpty { return given }
        return try await EmbeddedCluster(home: home(arguments), environment: environment).attach().connectionString
    }

    /// Connects and brings the schema up to date.
    static func open(
        url: String, home: HeraldHome, environment: [String: String], origin: AuditOrigin? = nil
    ) async throws -> Installation {
        let key = try MasterKeyFile(home: home, environment: environment).loadOrCreate()
        let connections = environment["HERALD_DATABASE_CONNECTIONS"].flatMap { Int($0) } ?? 8
        let database = Database(url: url, connections: min(max(connections, 2), 200), origin: origin)
        _ = try await database.run { try Migrations.apply(on: $0) }
        let installation = Installation(
            home: home, database: database,
            fastDatabase: Database(url: url, connections: 4, name: "fast", origin: origin),
            keys: KeyRing(masterKey: key))
        try await installation.requireFittingKey()
        return installation
    }

    /// With another key everything would seem to work until something is to be sent.
    private func requireFittingKey() async throws {
        guard let tenant = try await parties.tenants().first else { return }
        do {
            _ = try await parties.key(of: tenant.id)
        } catch StorageError.malformed {
            throw CommandError.failed(
                "The master key is not the one that this data was made with. Put the right one back "
                    + "(\(home.masterKeyFile), or HERALD_MASTER_KEY); nothing was changed.")
        }
    }

    /// Connects without bringing anything up to date, for those who only look. Nil where nothing runs or there is no key.
    static func look(_ arguments: Arguments) async throws -> Installation? {
        let home = home(arguments)
        let environment = arguments.environment
        guard let key = try? MasterKeyFile(home: home, environment: environment).load() else { return nil }
        let url: String
        if let given = environment["HERALD_DATABASE_URL"], !given.isEmpty {
            url = given
        } else {
            let cluster = EmbeddedCluster(home: home, environment: environment)
            guard try await cluster.condition().answers else { return nil }
            url = try await cluster.attach().connectionString
        }
        let database = Database(url: url, connections: 1)
        return Installation(home: home, database: database, fastDatabase: database, keys: KeyRing(masterKey: key))
    }

    /// Workers whose process was not killed, as far as that can be seen from here.
    func aliveWorkers() async throws -> [WorkerRecord] { try await workers.all().filter { !$0.isCertainlyGone } }

    /// Says so where a restore waits for its confirmation: nothing looks wrong otherwise, and nothing is sent.
    func noteHeldWork(on screen: Screen) async throws {
        let store = RestoreStore(database: database)
        guard let restoration = try await store.pending() else { return }
        let work = try await store.work(workedUntil: restoration.backupAt)
        let webhooks = try await store.webhooks()
        let (campaigns, messages) = (work.count { !$0.isStream }, work.reduce(0) { $0 + $1.unsent + $1.inDoubt })
        screen.note(
            "Restored from the backup of \(restoration.backupAt): \(grouped(campaigns)) campaigns, \(grouped(messages)) messages and "
                + "\(grouped(webhooks)) webhooks are held. `herald restore confirm` shows what would start, and starts it."
        )
    }

    /// Where archives are put unless somebody says otherwise.
    var archiveFolder: String { home.path + "/archive" }

    /// The archives as a command reads them: where they were put, or in `--archive-folder`. Files stay open until it ends.
    func archives(_ arguments: Arguments) throws -> ArchiveStore {
        let folder = arguments.text(Option.archiveFolder.name)
        var isFolder: ObjCBool = false
        if let folder, !(FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue) {
            throw CommandError.usage("--archive-folder: there is no folder \(folder).")
        }
        return ArchiveStore(ledger: ledger, folder: folder).keptOpen
    }

    /// For commands that look into archives if they are asked to.
    func archivesIfAsked(_ arguments: Arguments) throws -> ArchiveStore? {
        try LedgerFind.readsArchives(arguments) ? archives(arguments) : nil
    }

    // MARK: Finding by name

    func tenant(_ name: String) async throws -> Tenant {
        guard let tenant = try await parties.tenant(named: name) else {
            throw CommandError.failed(
                "There is no tenant “\(name)”. `herald tenant list` shows them; `herald tenant add \(name)` makes it.")
        }
        return tenant
    }

    func tenant(_ arguments: Arguments) async throws -> Tenant { try await tenant(try arguments.required("tenant")) }

    func provider(_ name: String) async throws -> ProviderAccount {
        guard let provider = try await providers.providers().first(where: { $0.name == name }) else {
            throw CommandError.failed("There is no provider “\(name)”. `herald provider list` shows them.")
        }
        return provider
    }
}
