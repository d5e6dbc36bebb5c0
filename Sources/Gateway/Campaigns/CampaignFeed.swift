import Domain
import HTTPServer
import Storage
import Synchronization

/// The open event streams of this process' campaigns. However many streams there are, one question a second asks for all
/// campaigns that anybody watches, and only while anybody does.
final class CampaignFeed: Sendable {
    typealias Reading = @Sendable ([Int64]) async throws -> [Int64: CampaignStore.Standing]

    private struct Watched {
        var last: CampaignEvent
        var at: ContinuousClock.Instant
        var streams: [Int: (stream: EventStream, turns: Int)] = [:]
    }

    private struct State {
        var campaigns: [Int64: Watched] = [:]
        var next = 0
        var isPolling = false
    }

    private let state = Mutex(State())
    private let read: Reading
    private let pause: @Sendable () async throws -> Void
    private let longest: Int

    /// `longest`: after so many turns a stream ends; its client comes back, and its key is looked at again.
    init(
        longest: Int = 3600,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(1)) },
        read: @escaping Reading
    ) {
        self.longest = longest
        self.pause = pause
        self.read = read
    }

    /// How many campaigns are asked for.
    var watched: Int { state.withLock { $0.campaigns.count } }

    /// A stream of a campaign, beginning with how it stands unless the client has seen that. 204 where it is over and
    /// the client knows: that ends its coming back.
    func open(_ campaign: Int64, after seen: String?) async throws -> HTTPResponse {
        var event = state.withLock { $0.campaigns[campaign]?.last }
        if event == nil { event = try await read([campaign])[campaign].map { CampaignEvent(campaign, $0) } }
        guard let event else { throw Problem(.notFound, "There is no campaign \(campaign).") }
        if event.isLast, event.id == seen { return HTTPResponse(status: 204) }
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        let stream = EventStream { [weak self] in self?.close(number, of: campaign) }
        if event.id != seen { stream.send(event.sent(after: nil)) }
        if event.isLast {
            stream.finish()
            return stream.response
        }
        let (missed, mustPoll) = state.withLock { state -> (CampaignEvent?, Bool) in
            var watched = state.campaigns[campaign] ?? Watched(last: event, at: .now)
            watched.streams[number] = (stream, 0)
            // Something may have come since this one was looked up.
            let missed = watched.last.id == event.id ? nil : watched.last
            state.campaigns[campaign] = watched
            defer { state.isPolling = true }
            return (missed, !state.isPolling)
        }
        if let missed { stream.send(missed.sent(after: event)) }
        if mustPoll { Task { await poll() } }
        return stream.response
    }

    private func close(_ number: Int, of campaign: Int64) {
        state.withLock { state in
            state.campaigns[campaign]?.streams[number] = nil
            if state.campaigns[campaign]?.streams.isEmpty == true { state.campaigns[campaign] = nil }
        }
    }

    /// Until nobody watches any more.
    private func poll() async {
        while true {
            try? await pause()
            let campaigns = state.withLock { state in
                if state.campaigns.isEmpty { state.isPolling = false }
                return Array(state.campaigns.keys)
            }
            guard !campaigns.isEmpty else { return }
            // A database that is away is asked again; the streams stay open.
            guard let standings = try? await read(campaigns) else { continue }
            for campaign in campaigns { deliver(campaign, standings[campaign]) }
        }
    }

    private func deliver(_ campaign: Int64, _ standing: CampaignStore.Standing?) {
        var event: ServerSentEvent?
        var ends = standing == nil
        let streams = state.withLock { state -> [(stream: EventStream, isOld: Bool)] in
            guard var watched = state.campaigns[campaign] else { return [] }
            if let standing {
                let new = CampaignEvent(campaign, standing)
                ends = new.isLast
                if new.id != watched.last.id {
                    let seconds = watched.at.duration(to: .now).seconds
                    let done = Double(standing.progress.done - watched.last.standing.progress.done)
                    event = new.sent(after: watched.last, rate: seconds > 0 ? max(0, done / seconds) : 0)
                    watched.last = new
                    watched.at = .now
                }
            }
            for number in watched.streams.keys { watched.streams[number]?.turns += 1 }
            let streams = watched.streams.values.map { ($0.stream, $0.turns >= longest) }
            state.campaigns[campaign] = ends ? nil : watched
            return streams
        }
        for (stream, isOld) in streams {
            if let event { stream.send(event) }
            if ends || isOld { stream.finish() }
        }
    }
}
