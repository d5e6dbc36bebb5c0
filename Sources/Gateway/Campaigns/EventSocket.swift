import Domain
import HTTPServer
import Storage

/// One WebSocket of `GET /v1/events`: campaigns that its query or its messages name, followed until the client, the server
/// or the key's end closes it.
///
/// The client writes `{"subscribe": ["1", "2"]}` and `{"unsubscribe": ["1"]}`. What it writes otherwise is a mistake: it is
/// told so, and closed with 1008, as it is when its key ends. A client that doesn't take what comes is cut off.
struct EventSocket: Sendable {
    private static let most = 100
    private static let longestText = 16 << 10
    /// Policy violation.
    private static let refused: UInt16 = 1008

    let call: APICall
    let feed: CampaignFeed
    /// Whether the key of the call still holds and may look at campaigns.
    let holds: @Sendable () async -> Bool

    func response() async throws -> HTTPResponse {
        let first = try names().map { try number($0) }
        for id in first { _ = try await call.campaign(id) }
        return .webSocket(call.request, limit: Self.longestText) { await run($0, first) }
    }

    /// `?campaign=1&campaign=2`, or with commas.
    private func names() throws(Problem) -> [String] {
        let names = call.request.query.filter { $0.name == "campaign" }
            .flatMap { $0.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        guard names.count <= Self.most else {
            throw .invalid("campaign", "length", "campaign may name \(Self.most) campaigns at most.")
        }
        return names
    }

    private func number(_ text: String) throws(Problem) -> Int64 {
        guard let id = Int64(text), id > 0, String(id) == text else {
            throw Problem(.notFound, "There is no campaign \(text.prefix(20)).")
        }
        return id
    }

    // MARK: Open

    private func run(_ socket: WebSocket, _ first: [Int64]) async {
        let holds = holds
        let guest = feed.join { Task { if await holds() == false { socket.close(Self.refused) } } }
        var watched: Set<Int64> = []
        defer {
            feed.leave(guest)
            for campaign in watched { feed.leave(campaign, guest) }
        }
        for campaign in Set(first) { await follow(String(campaign), &watched, socket, guest) }
        while let text = await socket.next() {
            guard let wish = Wish(text) else {
                socket.send(
                    CampaignNews.refusal(
                        "malformed",
                        #"Write {"subscribe": ["1"]} or {"unsubscribe": ["1"]}, with numbers of campaigns."#))
                socket.close(Self.refused)
                return
            }
            guard await holds() else {
                socket.close(Self.refused)
                return
            }
            for name in wish.ends {
                guard let campaign = Int64(name), watched.remove(campaign) != nil else { continue }
                feed.leave(campaign, guest)
            }
            for name in wish.begins { await follow(name, &watched, socket, guest) }
        }
    }

    private func follow(_ name: String, _ watched: inout Set<Int64>, _ socket: WebSocket, _ guest: Int) async {
        // What is over takes no place.
        if watched.count >= Self.most { watched = watched.filter { feed.isWatched($0, by: guest) } }
        guard watched.count < Self.most else {
            socket.send(
                CampaignNews.refusal(
                    "too_many", "\(Self.most) campaigns can be followed at a time.", campaign: name))
            return
        }
        do {
            let id = try number(name)
            if watched.contains(id), feed.isWatched(id, by: guest) { return }
            _ = try await call.campaign(id)
            if try await feed.watch(id, socket, guest) { watched.insert(id) }
        } catch let problem as Problem {
            socket.send(CampaignNews.refusal("unknown_campaign", problem.detail, campaign: name))
        } catch {
            socket.send(
                CampaignNews.refusal(
                    "unavailable", "The campaign can't be looked up now: subscribe again.", campaign: name))
        }
    }

    /// What a client wrote.
    private struct Wish {
        var begins: [String] = []
        var ends: [String] = []

        init?(_ text: [UInt8]) {
            guard let object = (try? JSON.parse(text))?.objectValue, !object.isEmpty else { return nil }
            for (name, value) in object {
                guard let names = value.arrayValue?.map(\.stringValue), !names.contains(nil),
                    names.count <= EventSocket.most
                else { return nil }
                switch name {
                case "subscribe": begins = names.compactMap { $0 }
                case "unsubscribe": ends = names.compactMap { $0 }
                default: return nil
                }
            }
        }
    }
}
