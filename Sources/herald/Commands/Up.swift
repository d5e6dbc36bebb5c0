import Domain
import Foundation
import Jobs
import Storage

/// Starting, stopping and looking at a Herald.
enum UpCommands {
    static let commands: [Command] = [
        Command(
            "up", "start Herald here: its database, a worker and the API; ends with Ctrl-C or `herald down`",
            options: [
                .flag("detach", "go on in the background; returns once it is ready"),
                .value("slots", "N", "shards in work at once (default 4)"),
                .flag("no-worker", "the database only"),
                .flag("no-api", "without the API"),
            ] + ListenSettings.options + MetricsSettings.options,
            example: "herald up --detach", run: up),
        Command(
            "down", "stop the Herald that runs here; what is under way is finished first", example: "herald down",
            run: down),
        Command(
            "work", "run a worker beside the others, against the database that runs here or HERALD_DATABASE_URL",
            options: [.value("slots", "N", "shards in work at once (default 4)")] + MetricsSettings.options,
            example: "herald work --metrics-address 127.0.0.1:9464", run: work),
        Command(
            "serve", "answer the API beside the workers, against the database that runs here or HERALD_DATABASE_URL",
            options: ListenSettings.options + MetricsSettings.options, example: "herald serve --listen 0.0.0.0:8443",
            run: serve),
    ]

    // MARK: up

    private static func up(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        if arguments.has("detach") { return try await detach(arguments, screen) }
        let home = Installation.home(arguments)
        let environment = arguments.environment
        let stop = StopSignal()
        // Before there is data: a key that is missing later is never made anew.
        _ = try MasterKeyFile(home: home, environment: environment).loadOrCreate()
        let cluster: RunningCluster?
        let url: String
        if let given = environment["HERALD_DATABASE_URL"], !given.isEmpty {
            cluster = nil
            url = given
        } else {
            let running = try await EmbeddedCluster(home: home, environment: environment).start { screen.note("\($0)") }
            if let notice = running.notice { screen.note(notice) }
            cluster = running
            url = running.parameters.connectionString
        }
        do {
            let installation = try await Installation.open(url: url, home: home, environment: environment)
            if arguments.has("no-worker") {
                screen.note("The database is ready. Ctrl-C or `herald down` ends it.")
                await stop.wait()
            } else {
                let slots = try arguments.integer("slots", in: 1...64)
                let process =
                    arguments.has("no-api")
                    ? try WorkerProcess(
                        installation, slots: slots, metrics: try MetricsSettings(arguments), screen: screen)
                    : try await WorkerProcess(
                        installation, slots: slots, listen: try ListenSettings(arguments),
                        metrics: try MetricsSettings(arguments), screen: screen)
                try await installation.noteHeldWork(on: screen)
                process.noteAddress()
                screen.note("Herald is up. Ctrl-C or `herald down` ends it; `herald status` shows what it does.")
                try await process.run(until: stop)
            }
            await installation.database.close()
        } catch {
            try await cluster?.stop()
            throw error
        }
        try await cluster?.stop()
        screen.note("Herald is down.")
        return .done
    }

    /// Starts the same command in a session of its own and waits until it answers.
    private static func detach(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let home = Installation.home(arguments)
        // The log of the one that runs stays.
        if let owner = try EmbeddedCluster(home: home, environment: arguments.environment).owner() {
            throw CommandError.failed(
                "Herald is up here already (process \(owner)). `herald status` shows what it does.")
        }
        let log = home.path + "/herald.log"
        do { try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: true) } catch {
            throw CommandError.failed(
                "The folder \(home.path) can't be made. Make it by hand, or choose another one with --home.")
        }
        let file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw CommandError.failed(
                "\(log) can't be written: \(String(cString: strerror(errno))). Run this as the owner of \(home.path), or choose another folder with --home."
            )
        }
        close(file)
        let words = CommandLine.arguments.dropFirst().filter { $0 != "--detach" }
        let process = try DetachedProcess.start(executable: currentExecutable(), arguments: Array(words), log: log)
        // The first start makes the database, one after a crash recovers it.
        let patience = ContinuousClock.now + .seconds(300)
        while ContinuousClock.now < patience {
            if let status = process.exitStatus() {
                let said = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").last.map(
                    String.init)
                throw CommandError.failed(
                    said?.replacing("herald: ", with: "")
                        ?? "Herald ended at once (status \(status)). Its log is \(log).")
            }
            if let text = try? String(contentsOfFile: log, encoding: .utf8),
                text.contains("Herald is up.") || text.contains("database is ready.")
            {
                screen.note("Herald is up (process \(process.pid)); its log is \(log). `herald down` ends it.")
                screen.json(["pid": .int(Int64(process.pid)), "log": .string(log)])
                return .done
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandError.failed("Herald did not come up within five minutes. Its log is \(log).")
    }

    private static func currentExecutable() -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    // MARK: down, work

    private static func down(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let home = Installation.home(arguments)
        let ran = try await EmbeddedCluster(home: home, environment: arguments.environment).stop()
        screen.line(ran ? "Herald is down." : "No Herald was running here (\(home.path)).")
        screen.json(["stopped": .bool(ran)])
        return .done
    }

    /// The gateway with nothing but urgent work: bulk is left to workers.
    private static func serve(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let stop = StopSignal()
        let listen = try ListenSettings(arguments)
        let installation = try await Installation.open(arguments, serves: true)
        let process = try await WorkerProcess(
            installation, slots: 0, listen: listen, metrics: try MetricsSettings(arguments), screen: screen)
        try await installation.noteHeldWork(on: screen)
        process.noteAddress()
        screen.note("Serving. Ctrl-C ends it after what is under way.")
        try await process.run(until: stop)
        return .done
    }

    private static func work(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let stop = StopSignal()
        let installation = try await Installation.open(arguments, serves: true)
        let worker = try WorkerProcess(
            installation, slots: try arguments.integer("slots", in: 1...64), metrics: try MetricsSettings(arguments),
            screen: screen)
        try await installation.noteHeldWork(on: screen)
        screen.note("Working. Ctrl-C ends it after what is under way.")
        try await worker.run(until: stop)
        return .done
    }
}
