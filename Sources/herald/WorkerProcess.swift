import Domain
import Foundation
import Jobs
import Storage

/// A worker put together from its parts, with its end by signal: it drains, for 30 seconds at most.
struct WorkerProcess {
    private let worker: Worker
    private let registry: ProviderRegistry
    private let settler: LimitSettler
    private let screen: Screen
    private static let drainLimit: Duration = .seconds(30)

    init(_ installation: Installation, slots: Int? = nil, screen: Screen) throws {
        let intake = CallbackIntake(database: installation.database, keys: installation.keys)
        let registry = try ProviderRegistry(store: installation.providers, sink: intake)
        let builder = ContextBuilder(database: installation.database, keys: installation.keys, registry: registry)
        let contexts = ContextCache(ledger: installation.ledger, forget: { await builder.forget() }) {
            try await builder.build(campaign: $0)
        }
        var options = Worker.Options()
        if let slots { options.slots = slots }
        options.retention = Retention(environment: ProcessInfo.processInfo.environment)
        worker = Worker(
            database: installation.database, keys: installation.keys, contexts: contexts, options: options,
            onConfiguration: { try? await registry.refresh() },
            onTrouble: { shard, error in
                screen.note(
                    "Campaign \(shard.campaign): a part could not be worked on and is tried again: \(CommandFailure(error).text)"
                )
            })
        settler = LimitSettler(database: installation.database, registry: registry)
        self.registry = registry
        self.screen = screen
    }

    /// Works until the signal, then finishes what is under way.
    func run(until stop: StopSignal) async throws {
        let (worker, screen) = (worker, screen)
        let stopper = Task {
            await stop.wait()
            screen.note("Finishing what is under way…")
            worker.drain()
            try await Task.sleep(for: Self.drainLimit)
            screen.note(
                "Not everything could be finished in time; what was under way is in doubt and will be shown as such.")
            worker.abandon()
            // A call that still waits for its provider ends by itself after this process.
            try await Task.sleep(for: .seconds(2))
        }
        let settling = settle()
        let result = await firstToEnd(of: Task { try await worker.run() }, stopper)
        stopper.cancel()
        settling.cancel()
        await settling.value
        await registry.stop()
        try result.get()
    }

    private func firstToEnd(
        of running: Task<Void, any Error>, _ stopper: Task<Void, any Error>
    ) async -> Result<Void, any Error> {
        let ended = AsyncStream<Result<Void, any Error>>.makeStream()
        for task in [running, stopper] {
            Task { ended.continuation.yield(await task.result) }
        }
        for await result in ended.stream { return result }
        return .success(())
    }

    /// Works while the body runs.
    func run<T: Sendable>(during body: @Sendable () async throws -> T) async throws -> T {
        let worker = worker
        let settling = settle()
        let running = Task { try await worker.run() }
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        worker.drain()
        let end = await running.result
        settling.cancel()
        await settling.value
        await registry.stop()
        let value = try result.get()
        try end.get()
        return value
    }

    private func settle() -> Task<Void, Never> {
        let settler = settler
        return Task { await settler.run() }
    }
}
