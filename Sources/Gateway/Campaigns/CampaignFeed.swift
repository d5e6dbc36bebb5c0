import Domain
import HTTPServer
import Storage
import Synchronization

/// The open event streams and WebSockets of this process' campaigns. However many there are, one question a second asks
/// for all campaigns that anybody watches, and only while anybody does.
final class CampaignFeed: Sendable {
    typealias Reading = @Sendable ([Int64]) async throws -> [Int64: CampaignStore.Standing]

    /// Who watches a campaign.
    enum Watcher: Sendable {
        case stream(EventStream)
        case socket(WebSocket)

        func send(_ news: CampaignNews) {
            switch self {
            case .stream(let stream): stream.send(news.serverSent)
            case .socket(let socket): socket.send(news.text)
            }
        }

        /// Nothing more comes of this campaign.
        func finish() { if case .stream(let stream) = self { stream.finish() } }
    }

    private struct Watched {
        var last: CampaignEvent
        var at: ContinuousClock.Instant
        var watchers: [Int: (watcher: Watcher, turns: Int)] = [:]
    }

    /// A WebSocket, whatever it watches, and what is done about it once a minute.
    private struct Guest {
        var turns = 0
        let look: @Sendable () -> Void
    }

    private struct State {
        var campaigns: [Int64: Watched] = [:]
        var guests: [Int: Guest] = [:]
        var next = 0
        var isPolling = false

        mutating func number() -> Int {
            defer { next += 1 }
            return next
        }

        /// Whether the caller must begin to poll.
        mutating func mustPoll() -> Bool {
            defer { isPolling = true }
            return !isPolling
        }
    }

    private let state = Mutex(State())
    private let read: Reading
    private let pause: @Sendable () async throws -> Void
    private let longest: Int
    private let minute: Int

    /// `longest`: after so many turns a stream ends; its client comes back, and its key is looked at again. `minute`: after
    /// so many turns the key of each WebSocket is looked at.
    init(
        longest: Int = 3600, minute: Int = 60,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(1)) },
        read: @escaping Reading
    ) {
        self.longest = longest
        self.minute = minute
        self.pause = pause
        self.read = read
    }

    /// How many campaigns are asked for.
    var watched: Int { state.withLock { $0.campaigns.count } }
    var guests: Int { state.withLock { $0.guests.count } }

    // MARK: Streams

    /// A stream of a campaign, beginning with how it stands unless the client has seen that. 204 where it is over and
    /// the client knows: that ends its coming back.
    func open(_ campaign: Int64, after seen: String?) async throws -> HTTPResponse {
        guard let event = try await standing(campaign) else {
            throw Problem(.notFound, "There is no campaign \(campaign).")
        }
        if event.isLast, event.id == seen { return HTTPResponse(status: 204) }
        let number = state.withLock { $0.number() }
        let stream = EventStream { [weak self] in self?.leave(campaign, number) }
        if event.id != seen { stream.send(event.told(after: nil).serverSent) }
        if event.isLast {
            stream.finish()
        } else {
            watch(event, .stream(stream), number)
        }
        return stream.response
    }

    // MARK: WebSockets

    /// Counts a WebSocket in; `look` is called once a minute. The number is for `watch` and `leave`.
    func join(_ look: @escaping @Sendable () -> Void) -> Int {
        let (number, mustPoll) = state.withLock { state in
            let number = state.number()
            state.guests[number] = Guest(look: look)
            return (number, state.mustPoll())
        }
        if mustPoll { Task { await poll() } }
        return number
    }

    func leave(_ guest: Int) { state.withLock { $0.guests[guest] = nil } }

    /// Sends how a campaign stands and from then on what changes. False where it is over or gone: nothing follows.
    func watch(_ campaign: Int64, _ socket: WebSocket, _ guest: Int) async throws -> Bool {
        guard let event = try await standing(campaign) else { return false }
        socket.send(event.told(after: nil).text)
        if !event.isLast { watch(event, .socket(socket), guest) }
        return !event.isLast
    }

    func isWatched(_ campaign: Int64, by number: Int) -> Bool {
        state.withLock { $0.campaigns[campaign]?.watchers[number] != nil }
    }

    func leave(_ campaign: Int64, _ number: Int) {
        state.withLock { state in
            state.campaigns[campaign]?.watchers[number] = nil
            if state.campaigns[campaign]?.watchers.isEmpty == true { state.campaigns[campaign] = nil }
        }
    }

    // MARK: Both

    private func standing(_ campaign: Int64) async throws -> CampaignEvent? {
        if let known = state.withLock({ $0.campaigns[campaign]?.last }) { return known }
        return try await read([campaign])[campaign].map { CampaignEvent(campaign, $0) }
    }

    private func watch(_ event: CampaignEvent, _ watcher: Watcher, _ number: Int) {
        let (missed, mustPoll) = state.withLock { state -> (CampaignEvent?, Bool) in
            var watched = state.campaigns[event.campaign] ?? Watched(last: event, at: .now)
            watched.watchers[number] = (watcher, 0)
            // Something may have come since this one was looked up.
            let missed = watched.last.id == event.id ? nil : watched.last
            state.campaigns[event.campaign] = watched
            return (missed, state.mustPoll())
        }
        if let missed { watcher.send(missed.told(after: event)) }
        if mustPoll { Task { await poll() } }
    }

    /// Until nobody is there any more.
    private func poll() async {
        while true {
            try? await pause()
            let (campaigns, looks, isOver) = state.withLock { state in
                let isOver = state.campaigns.isEmpty && state.guests.isEmpty
                if isOver { state.isPolling = false }
                return (Array(state.campaigns.keys), Self.turn(&state.guests, minute), isOver)
            }
            if isOver { return }
            for look in looks { look() }
            // A database that is away is asked again; the streams stay open.
            guard !campaigns.isEmpty, let standings = try? await read(campaigns) else { continue }
            for campaign in campaigns { deliver(campaign, standings[campaign]) }
        }
    }

    private static func turn(_ guests: inout [Int: Guest], _ minute: Int) -> [@Sendable () -> Void] {
        var looks: [@Sendable () -> Void] = []
        for number in guests.keys {
            guests[number]?.turns += 1
            if let guest = guests[number], guest.turns % minute == 0 { looks.append(guest.look) }
        }
        return looks
    }

    private func deliver(_ campaign: Int64, _ standing: CampaignStore.Standing?) {
        var news: CampaignNews?
        var ends = standing == nil
        let watchers = state.withLock { state -> [(watcher: Watcher, isOld: Bool)] in
            guard var watched = state.campaigns[campaign] else { return [] }
            if let standing {
                let new = CampaignEvent(campaign, standing)
                ends = new.isLast
                if new.id != watched.last.id {
                    let seconds = watched.at.duration(to: .now).seconds
                    let done = Double(standing.progress.done - watched.last.standing.progress.done)
                    news = new.told(after: watched.last, rate: seconds > 0 ? max(0, done / seconds) : 0)
                    watched.last = new
                    watched.at = .now
                }
            }
            for number in watched.watchers.keys { watched.watchers[number]?.turns += 1 }
            let watchers = watched.watchers.values.map { ($0.watcher, $0.turns >= longest) }
            state.campaigns[campaign] = ends ? nil : watched
            return watchers
        }
        for (watcher, isOld) in watchers {
            if let news { watcher.send(news) }
            if ends || isOld { watcher.finish() }
        }
    }
}
