import Domain
import Foundation
import Jobs
import Senders
import Storage

/// A working process put together from its parts, with its end by signal: it drains, for 30 seconds at most. With a
/// gateway it serves too, and stops serving first.
struct WorkerProcess {
    private let engine: Engine
    private let gateway: GatewayProcess?
    private let metrics: MetricsServer?
    private let screen: Screen
    private static let drainLimit: Duration = .seconds(30)

    init(
        _ installation: Installation, slots: Int? = nil, metrics settings: MetricsSettings? = nil, screen: Screen
    ) throws {
        let engine = try Engine(installation, options: Self.options(slots: slots), screen: screen)
        self.engine = engine
        gateway = nil
        metrics = try settings.flatMap { try MetricsServer($0, registry: engine.metrics, screen: screen) }
        self.screen = screen
    }

    /// `slots` is 0 for a process that leaves bulk work to others.
    init(
        _ installation: Installation, slots: Int?, listen: ListenSettings, metrics settings: MetricsSettings,
        screen: Screen
    ) async throws {
        let engine = try Engine(
            installation, publicURL: listen.publicURL, options: Self.options(slots: slots), screen: screen)
        self.engine = engine
        metrics = try MetricsServer(settings, registry: engine.metrics, screen: screen)
        gateway = try await GatewayProcess(installation, engine: engine, listen: listen, screen: screen)
        self.screen = screen
    }

    /// Says where the gateway answers.
    func noteAddress() {
        guard let gateway else { return }
        let remark =
            gateway.isSelfSigned ? " with a certificate of its own making (curl -k; --tls-cert gives a real one)" : ""
        screen.note("The API answers at \(gateway.url)\(remark); \(gateway.url)/docs explains it.")
    }

    private static func options(slots: Int?) -> Worker.Options {
        var options = Worker.Options()
        if let slots { options.slots = slots }
        options.retention = Retention(environment: ProcessInfo.processInfo.environment)
        return options
    }

    /// Works until the signal, then finishes what is under way.
    func run(until stop: StopSignal) async throws {
        let (worker, gateway, screen) = (engine.worker, gateway, screen)
        let serving = Task { await gateway?.run() }
        let stopper = Task {
            await stop.wait()
            screen.note("Finishing what is under way…")
            await gateway?.stop()
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
        // A worker that could not begin leaves the gateway running.
        await gateway?.stop()
        await serving.value
        metrics?.stop()
        await stopSenders()
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
        let worker = engine.worker
        let settling = settle()
        let running = Task { try await worker.run() }
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        worker.drain()
        let end = await running.result
        settling.cancel()
        await settling.value
        await stopSenders()
        let value = try result.get()
        try end.get()
        return value
    }

    /// What goes on beside the work.
    private func settle() -> Task<Void, Never> {
        let (settler, deliverer, watchman) = (engine.settler, engine.deliverer, engine.watchman)
        return Task {
            async let limits: Void = settler.run()
            async let webhooks: Void = deliverer.run()
            async let alerts: Void = watchman.run()
            _ = await (limits, webhooks, alerts)
        }
    }

    private func stopSenders() async {
        engine.webhooks.stop()
        await engine.registry.stop()
    }
}
