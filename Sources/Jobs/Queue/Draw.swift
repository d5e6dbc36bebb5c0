import Domain
import Storage

/// One round of choosing: who has how much time and room left as its draws are made.
struct Draw {
    private struct Entry {
        let work: TenantWork
        /// Its tenant's place in `own`.
        let tenant: Int
    }

    /// A tenant as it would be if what is drawn here were taken already.
    private struct Own {
        var time: Double
        var inWork: Int
        let step: Double
        let providerIsFree: Bool
    }

    private var classes: [[Entry]]
    private var own: [Own] = []
    private var inWork: Int
    private var lowInWork: Int
    private let room: FairChoice.Room
    private let lowLimit: Int

    init(
        _ due: [TenantWork], times: [Int64: Double], choice: FairChoice, room: FairChoice.Room, isReserving: Bool
    ) {
        self.room = room
        inWork = choice.inWork
        lowInWork = choice.inWork(priority: .low)
        lowLimit = isReserving ? max(1, room.slots - max(1, room.slots / 4)) : room.slots + room.spare
        classes = [[Entry]](repeating: [], count: Priority.allCases.count)
        var places: [Int64: Int] = [:]
        var busyProviders: [Int64: Bool] = [:]
        for work in due {
            let place: Int
            if let known = places[work.tenant] {
                place = known
            } else {
                place = own.count
                places[work.tenant] = place
                var isFree = true
                if let provider = choice.provider(of: work.tenant) {
                    let isBusy = busyProviders[provider] ?? (choice.inWork(provider: provider) >= room.slots)
                    busyProviders[provider] = isBusy
                    isFree = !isBusy
                }
                own.append(
                    Own(
                        time: times[work.tenant] ?? 0, inWork: choice.inWork(tenant: work.tenant),
                        step: choice.expectedShard(of: work.tenant) / choice.weight(of: work.tenant),
                        providerIsFree: isFree))
            }
            classes[Int(work.priority.rawValue)].append(Entry(work: work, tenant: place))
        }
    }

    /// The next one to take; nil where there is no room or nobody waits. `passed` counts for each priority how often
    /// others were drawn before it.
    mutating func next(passed: inout [Int], fullTurn: Int) -> TenantWork? {
        guard inWork < room.slots + room.spare else { return nil }
        var chosen: Entry?
        var overdue: Entry?
        for place in classes.indices {
            guard let best = best(of: place) else { continue }
            let isFull = place == Priority.low.rawValue && lowInWork >= lowLimit
            if passed[place] >= fullTurn - 1 { overdue = overdue ?? best }
            if chosen == nil, !isFull { chosen = best }
        }
        guard let entry = overdue ?? chosen else { return nil }
        let drawn = Int(entry.work.priority.rawValue)
        for place in classes.indices where place > drawn {
            if !classes[place].isEmpty { passed[place] += 1 }
        }
        passed[drawn] = 0
        own[entry.tenant].time += own[entry.tenant].step
        own[entry.tenant].inWork += 1
        inWork += 1
        if entry.work.priority == .low { lowInWork += 1 }
        return entry.work
    }

    /// The one of a priority whose time is least and who may have another slot.
    private func best(of place: Int) -> Entry? {
        let isSpare = inWork >= room.slots
        var best: Entry?
        var least = Double.infinity
        for entry in classes[place] {
            let tenant = own[entry.tenant]
            guard tenant.time < least else { continue }
            if isSpare {
                guard tenant.inWork == 0, tenant.providerIsFree else { continue }
            }
            least = tenant.time
            best = entry
        }
        return best
    }

    /// All who wait, in the order in which they would come now.
    func rest() -> [TenantWork] {
        classes.flatMap { entries in entries.sorted { own[$0.tenant].time < own[$1.tenant].time }.map(\.work) }
    }
}
