import Glibc
import Synchronization
import TestDatabase
import Testing

@testable import Storage

/// Real servers, each in a folder that goes with the test process.
@Suite(.timeLimit(.minutes(30))) struct EmbeddedClusterTests {
    /// What the owner was told, in order.
    private final class Events: Sendable {
        private let list = Mutex<[ClusterEvent]>([])
        func add(_ event: ClusterEvent) { list.withLock { $0.append(event) } }
        func contain(_ event: ClusterEvent) -> Bool { list.withLock { $0.contains(event) } }
    }

    private static func newHome(_ name: String = "var") throws -> HeraldHome {
        HeraldHome(path: try TestFolder.make() + "/" + name)
    }

    private static func cluster(in home: HeraldHome) -> EmbeddedCluster {
        EmbeddedCluster(home: home, environment: [:], options: .throwaway)
    }

    /// Starts a server without an owner: what is left when Herald itself is killed.
    private static func startOwnerless(in home: HeraldHome) throws -> (ClusterFolder, pid_t) {
        let folder = try ClusterFolder.prepared(for: home, environment: [:], systemState: "/nowhere")
        let start = ServerStart(folder: folder, options: .throwaway, environment: [:], report: { _ in })
        return (folder, try start.run())
    }

    /// Begins a query that never ends and needs the processor only: it does not notice its postmaster's end.
    private static func beginEndlessQuery(_ word: String, on parameters: ConnectionParameters) async throws {
        Task { try? await TestCluster.psql("SELECT '\(word)', count(*) FROM generate_series(1, 1e15)", on: parameters) }
        let started = """
            SELECT 1 / count(*) FROM pg_stat_activity
            WHERE query LIKE '%\(word)%' AND state = 'active' AND pid <> pg_backend_pid()
            """
        while (try? await TestCluster.psql(started, on: parameters, quietly: true)) == nil {}
    }

    /// Until it happens; the suite's time limit ends what never does.
    private static func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test(arguments: ["var", "it's an \"odd\" \\ päth, 100%"]) func aServerStartsAnswersAndStops(name: String)
        async throws
    {
        let home = try Self.newHome(name)
        let state = Folder.parent(of: home.path) + "/state"
        var cluster = EmbeddedCluster(home: home, environment: ["XDG_STATE_HOME": state], options: .throwaway)
        cluster.systemState = state
        let running = try await cluster.start()
        #expect((running.notice != nil) == name.contains(","))

        let attached = try await cluster.attach()
        #expect(attached == running.parameters)
        try await TestCluster.psql(
            "SELECT 1 / (setting = '')::int FROM pg_settings WHERE name = 'listen_addresses'", on: attached)
        try await TestCluster.psql(
            "SELECT 1 / (setting = 'on')::int FROM pg_settings WHERE name = 'data_checksums'", on: attached)
        #expect(SmallFile.owner(of: "/proc/\(running.postmaster)") != 0)
        // A session of its own: Ctrl-C on the owner's terminal doesn't reach it.
        #expect(getsid(running.postmaster) == running.postmaster)

        let folder = try #require(try ClusterFolder.existing(of: home))
        try await running.stop()
        #expect(try ServerProcesses(folder: folder).all().isEmpty)
        #expect(Folder.names(in: folder.sockets).isEmpty)
        await #expect(throws: ClusterError.notRunning(home: home.path)) { try await cluster.attach() }

        let again = try await cluster.start()
        #expect(again.parameters == attached)
        try await again.stop()
    }

    @Test func onlyOneOwner() async throws {
        let home = try Self.newHome()
        let running = try await Self.cluster(in: home).start()
        await #expect(throws: ClusterError.dataInUse(pid: getpid(), folder: running.folderPath)) {
            try await Self.cluster(in: home).start()
        }
        #expect(try Self.cluster(in: home).owner() == getpid())
        // The lock must not live on in the server, nor in whatever else this process starts.
        func locks(of process: pid_t) -> [Int32] {
            let descriptors = "/proc/\(process)/fd"
            return Folder.names(in: descriptors).compactMap { Int32($0) }.filter {
                SmallFile.canonical("\(descriptors)/\($0)") == running.folderPath + "/owner.lock"
            }
        }
        #expect(locks(of: running.postmaster).isEmpty)
        let lock = try #require(locks(of: getpid()).first)
        #expect(fcntl(lock, F_GETFD) == FD_CLOEXEC)
        try await running.stop()
        #expect(try Self.cluster(in: home).owner() == nil)
    }

    /// A child that was forked in between has the descriptor until it executes its program.
    @Test func aLockThatIsGivenBackIsFreeWhoeverElseHasItsDescriptor() throws {
        let folder = try ClusterFolder.prepared(
            for: try Self.newHome(), environment: [:], systemState: "/nowhere")
        let lock = try OwnerLock(folder)
        let file = try #require(
            Folder.names(in: "/proc/self/fd").compactMap { Int32($0) }.first {
                SmallFile.canonical("/proc/self/fd/\($0)") == SmallFile.canonical(folder.ownerLock)
            })
        let childs = dup(file)
        defer { close(childs) }
        #expect(OwnerLock.isHeld(folder))
        lock.release()
        #expect(!OwnerLock.isHeld(folder))
    }

    @Test func aServerThatIsKilledInAQueryIsBackAtOnce() async throws {
        let events = Events()
        let running = try await Self.cluster(in: try Self.newHome()).start { events.add($0) }
        try await Self.beginEndlessQuery("endless", on: running.parameters)
        let killed = running.postmaster
        kill(killed, SIGKILL)
        try await Self.until { events.contain(.serverRestarted) }
        #expect(events.contain(.clearedLeftovers))
        #expect(running.postmaster != killed)
        try await TestCluster.psql("SELECT 1", on: running.parameters)
        try await running.stop()
    }

    @Test func aServerThatOutlivedItsOwnerIsTakenOver() async throws {
        let home = try Self.newHome()
        let (_, postmaster) = try Self.startOwnerless(in: home)
        let attached = try await Self.cluster(in: home).attach()
        let events = Events()
        let running = try await Self.cluster(in: home).start { events.add($0) }
        #expect(running.postmaster == postmaster)
        #expect(events.contain(.tookOverRunningServer))
        #expect(running.parameters == attached)
        try await running.stop()
    }

    @Test func aServerThatOutlivedItsOwnerCanBeStopped() async throws {
        let home = try Self.newHome()
        let (folder, _) = try Self.startOwnerless(in: home)
        #expect(try await Self.cluster(in: home).stop())
        #expect(try ServerProcesses(folder: folder).all().isEmpty)
        #expect(try await !Self.cluster(in: home).stop())
    }

    @Test func startsAfterEverythingWasKilled() async throws {
        let home = try Self.newHome()
        let (folder, postmaster) = try Self.startOwnerless(in: home)
        let parameters = try EmbeddedCluster.parameters(of: folder)
        try await TestCluster.psql("CREATE TABLE kept AS SELECT 1 AS one", on: parameters)
        try await Self.beginEndlessQuery("orphan", on: parameters)
        kill(postmaster, SIGKILL)
        // The pid file's number, and the socket's, belong to a stranger of the same user by now.
        let stranger = try Command("/usr/bin/sleep", ["600"], as: folder.account).start(output: "/dev/null")
        defer {
            kill(stranger, SIGKILL)
            var status: Int32 = 0
            waitpid(stranger, &status, 0)
        }
        for file in [folder.postmasterFile, folder.sockets + "/.s.PGSQL.5432.lock"] {
            let lines = try #require(SmallFile.read(file)).split(separator: "\n", omittingEmptySubsequences: false)
            try SmallFile.write(
                (["\(stranger)"] + lines.dropFirst()).joined(separator: "\n"), to: file, mode: 0o600,
                owner: folder.account)
        }
        let events = Events()
        let running = try await Self.cluster(in: home).start { events.add($0) }
        #expect(events.contain(.clearedLeftovers))
        try await TestCluster.psql("SELECT 1 / one FROM kept", on: running.parameters)
        try await running.stop()
    }

    @Test func nobodysDataReachesTheServersLog() async throws {
        let running = try await Self.cluster(in: try Self.newHome()).start()
        let secret = "+6591234567"
        for statement in [
            "SELECT '\(secret)'::date",
            "CREATE TABLE t (a text UNIQUE); INSERT INTO t VALUES ('\(secret)'), ('\(secret)')",
        ] {
            try? await TestCluster.psql(statement, on: running.parameters, quietly: true)
        }
        // A killed backend makes the server log what it was running.
        try await Self.beginEndlessQuery(secret, on: running.parameters)
        let folder = running.folderPath
        try await TestCluster.psql(
            "COPY (SELECT pid FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid())"
                + " TO '\(folder)/busy'", on: running.parameters)
        let busy = try #require(SmallFile.read(folder + "/busy")?.split(separator: "\n").first.flatMap { pid_t($0) })
        kill(busy, SIGKILL)
        var log = ""
        try await Self.until {
            log = Folder.names(in: folder + "/log").compactMap { SmallFile.read("\(folder)/log/\($0)") }.joined()
            return log.contains("was terminated by signal 9")
        }
        #expect(!log.contains(secret))
        try await running.stop()
    }

    @Test func dataOfAnotherVersionIsRefused() async throws {
        let home = try Self.newHome()
        let (folder, _) = try Self.startOwnerless(in: home)
        _ = try await Self.cluster(in: home).stop()
        try SmallFile.write("9.6\n", to: folder.data + "/PG_VERSION", mode: 0o600, owner: folder.account)
        await #expect(throws: ClusterError.otherVersion(data: "9.6", folder: folder.path)) {
            try await Self.cluster(in: home).start()
        }
    }

    @Test func dataThatVanishedIsNotReplacedByAnEmptyOne() async throws {
        let home = try Self.newHome()
        let events = Events()
        let running = try await Self.cluster(in: home).start { events.add($0) }
        let data = running.folderPath + "/data"
        rename(data, data + ".away")
        kill(running.postmaster, SIGKILL)
        try await Self.until { events.contain(.restartFailed(.dataDamaged(folder: data))) }
        #expect(SmallFile.kind(of: data) == nil)
        try await running.stop()
    }

    @Test(.enabled(if: DiskOfItsOwn.isPossible)) func aFullDiskTakesTheBallast() async throws {
        let disk = try DiskOfItsOwn(megabytes: 256)
        var options = ClusterOptions.throwaway
        options.ballastBytes = 32 << 20
        let cluster = EmbeddedCluster(home: HeraldHome(path: disk.path), environment: [:], options: options)
        let events = Events()
        let running = try await cluster.start { events.add($0) }
        let ballast = running.folderPath + "/ballast"
        #expect(SmallFile.kind(of: ballast) == .file)
        // While it runs …
        try disk.fill()
        try await Self.until { events.contain(.gaveUpBallast(folder: running.folderPath)) }
        #expect(SmallFile.kind(of: ballast) == nil)
        try await TestCluster.psql("CREATE TABLE t AS SELECT generate_series(1, 100000)", on: running.parameters)
        try await running.stop()

        // … and when it starts.
        disk.makeRoom()
        let folder = try #require(try ClusterFolder.existing(of: HeraldHome(path: disk.path)))
        Ballast(folder: folder, bytes: options.ballastBytes).lay()
        #expect(SmallFile.kind(of: ballast) == .file)
        try disk.fill()
        let later = Events()
        let again = try await cluster.start { later.add($0) }
        #expect(later.contain(.gaveUpBallast(folder: running.folderPath)))
        try await again.stop()
    }

    @Test(.enabled(if: DiskOfItsOwn.isPossible)) func aDiskThatIsTooSmallIsNamed() async throws {
        let disk = try DiskOfItsOwn(megabytes: 20)
        await #expect(throws: ClusterError.diskFull(folder: disk.path + "/postgres")) {
            try await Self.cluster(in: HeraldHome(path: disk.path)).start()
        }
        #expect(Folder.names(in: disk.path + "/postgres") == ["log", "owner.lock", "password", "run"])
    }

    @Test func aSetUpThatWasKilledIsBegunAgain() async throws {
        let home = try Self.newHome()
        let folder = try ClusterFolder.prepared(for: home, environment: [:], systemState: "/nowhere")
        try folder.account.makePrivateFolder(folder.path + "/new.1")
        try SmallFile.write("15\n", to: folder.path + "/new.1/PG_VERSION", mode: 0o600)
        let running = try await Self.cluster(in: home).start()
        #expect(SmallFile.kind(of: folder.path + "/new.1") == nil)
        try await running.stop()
    }

    @Test func aMistakeInTheUsersSettingsIsNamed() async throws {
        let home = try Self.newHome()
        let folder = try ClusterFolder.prepared(for: home, environment: [:], systemState: "/nowhere")
        try SmallFile.write("work_mem = plenty\n", to: folder.path + "/local.conf", mode: 0o644)
        let error = await #expect(throws: ClusterError.self) { try await Self.cluster(in: home).start() }
        #expect("\(try #require(error))".contains("work_mem"))
    }

    @Test func withoutAServerThePackageIsNamed() async throws {
        let home = try Self.newHome()
        let cluster = EmbeddedCluster(home: home, environment: ["HERALD_POSTGRES_BIN": "/nowhere"])
        await #expect(throws: ClusterError.namedServerUnusable(folder: "/nowhere", oldestUsable: 15)) {
            try await cluster.start()
        }
        #expect(ClusterError.serverMissing(oldestUsable: 15).description.contains("apt-get install postgresql-15"))
    }
}
