import Domain
import Storage

/// Where a process's slots of one lane get their shards: looks who has something due, chooses fairly, and claims for all
/// free slots in one statement.
///
/// A look costs one index descent for each tenant that waits. So it is taken at most every tenth of a second while there
/// is enough to do, and less often where it takes long; what is due within the next seconds is known beforehand and
/// taken on time.
package actor ShardDesk {
    private let queue: any ShardQueue
    private let lane: Lane
    private let now: @Sendable () -> ContinuousClock.Instant
    private var fair = FairChoice()
    private var book = DueBook()
    private var looked: ContinuousClock.Instant?
    /// How long the last look took.
    private var lookTime: Duration = .zero
    private var isWoken = true

    /// How far a look sees ahead.
    private static let horizon: Duration = .seconds(2)
    private static let busyPause: Duration = .milliseconds(100)
    private static let idlePause: Duration = .milliseconds(250)
    private static let shortestPause: Duration = .milliseconds(5)
    private static let longestPause: Duration = .seconds(1)

    package init(
        queue: any ShardQueue, lane: Lane = .bulk,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.queue = queue
        self.lane = lane
        self.now = now
    }

    /// Something changed in the queue: who waits is looked up at once, and nobody is left alone.
    package func wake() {
        isWoken = true
        book.wakeAll(now: now())
    }

    /// The shards for the free slots, as far as there are any.
    package func next(worker: Int64, room: FairChoice.Room) async throws -> [ClaimedShard] {
        var extra = 0
        while fair.inWork < room.slots + room.spare {
            if isDueForALook { try await look() }
            let (orders, limit) = fair.choose(from: book, room: room, extra: extra, now: now())
            guard limit > 0 else { return [] }
            let shards = try await queue.claim(worker: worker, lane: lane, orders: orders, limit: limit)
            for shard in shards {
                fair.took(shard.id, of: shard.work, recipients: shard.count - shard.closed, now: now())
            }
            book.note(
                orders, taken: shards.reduce(into: [:]) { $0[$1.work, default: 0] += 1 }, limit: limit, now: now())
            if !shards.isEmpty { return shards }
            // Nobody of those had anything: the more of the others are asked.
            extra = max(16, extra * 4)
        }
        return []
    }

    /// A shard has left its slot.
    package func finished(_ shard: ClaimedShard, closed: Int, provider: Int64?) {
        fair.finished(shard.id, recipients: closed - shard.closed, provider: provider, now: now())
    }

    /// Whether a shard goes back after so many windows because somebody else's turn has come.
    package func givesWay(_ shard: ClaimedShard, windows: Int, room: FairChoice.Room) async -> Bool {
        guard fair.isLong(shard.id, windows: windows, now: now()) else { return false }
        // While all slots are taken nobody else looks.
        if fair.inWork >= room.slots, isDueForALook { try? await look() }
        return fair.givesWay(shard.id, windows: windows, to: book, room: room, now: now())
    }

    /// How long there will be nothing to take, as far as is known.
    package func pause(_ room: FairChoice.Room) -> Duration {
        let time = now()
        if fair.inWork >= room.slots + room.spare { return Self.busyPause }
        let look = looked.map { time.duration(to: $0 + lookPause) } ?? .zero
        let due = book.next(after: time).map { time.duration(to: $0) } ?? look
        return max(.milliseconds(1), min(look, due))
    }

    // MARK: Looking

    private var isDueForALook: Bool {
        guard let looked else { return true }
        return looked.duration(to: now()) >= lookPause
    }

    /// At most a tenth of the time is spent on looking when something keeps changing, a twentieth while there is enough to
    /// do, and a fiftieth otherwise.
    private var lookPause: Duration {
        if isWoken { return min(max(Self.shortestPause, lookTime * 10), Self.longestPause) }
        if fair.inWork > 0 { return min(max(Self.busyPause, lookTime * 20), Self.longestPause) }
        return min(max(Self.idlePause, lookTime * 50), Self.longestPause)
    }

    private func look() async throws {
        let started = now()
        // What changes from here on asks for another look.
        isWoken = false
        looked = started
        do {
            let waiting = try await queue.waiting(lane: lane, within: Self.horizon)
            lookTime = started.duration(to: now())
            fair.wait(waiting)
            book.replace(with: waiting, looked: started) { fair.place(of: $0) }
        } catch {
            isWoken = true
            throw error
        }
    }
}

extension ClaimedShard {
    /// What the fair choice knows it as.
    var work: TenantWork { TenantWork(priority: priority, tenant: tenant) }
}
