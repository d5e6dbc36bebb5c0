import Domain
import Storage

/// What can't wait: starting what is due, ending what is done, rescuing. Any number may run side by side.
struct Caretaker {
    private let work: WorkStore
    private var rescuer: Rescuer
    private let wake: WakeSignal

    init(database: Database, wake: WakeSignal, patience: Duration) {
        work = WorkStore(database: database)
        rescuer = Rescuer(database: database, patience: patience)
        self.wake = wake
    }

    /// Goes round until cancelled. A round that fails (the database is away) is followed by another.
    mutating func run() async {
        while !Task.isCancelled {
            let generation = wake.generation
            let pause = (try? await round()) ?? .milliseconds(500)
            await wake.wait(after: generation, atMost: pause)
        }
    }

    /// One round; returns how long nothing will be due.
    private mutating func round() async throws -> Duration {
        let freed = try await rescuer.look()
        let advanced = try await work.advanceCampaigns()
        if freed > 0 || advanced { wake.signal() }
        let due = try await work.untilNextDue() ?? .seconds(1)
        return min(max(due, .milliseconds(20)), .milliseconds(500))
    }
}
