import Domain
import Senders

/// How a campaign's messages find their providers: the rules that can hold for them, and everybody through whom these
/// may send.
package struct CampaignRouting: Sendable {
    package let scope: RouteScope
    /// By provider, with today's prices.
    package let reachable: [Int64: ProviderStep]
    /// The same for the channels that may follow this one, or be chosen instead.
    let alternates: [Channel: CampaignRouting]
    /// Where to its source may send by it; nil is everywhere.
    let countries: Set<Region>?

    package init(
        scope: RouteScope, reachable: [Int64: ProviderStep], alternates: [Channel: CampaignRouting] = [:],
        countries: Set<Region>? = nil
    ) {
        self.countries = countries
        self.scope = scope
        self.reachable = reachable
        self.alternates = alternates
    }

    /// Who may be told as the sender can differ from country to country.
    var dependsOnRegion: Bool { scope.hasSenders }

    var reachesNobody: Bool { reachable.isEmpty && alternates.values.allSatisfy(\.reachable.isEmpty) }

    /// Whether it matters how the providers fare: where nobody has a choice, it does not.
    var dependsOnStandings: Bool { scope.hasChoices || alternates.values.contains(where: \.dependsOnStandings) }

    /// How the providers fare at this moment.
    func standings() -> ProviderStandings {
        ProviderStandings(
            (Array(reachable.values) + alternates.values.flatMap(\.reachable.values)).map { step in
                let standing = step.gate.standing()
                return ProviderStandings.Entry(
                    provider: step.id, isAvailable: standing.available, score: Int16(clamping: standing.score),
                    share: UInt8(clamping: standing.share))
            })
    }

    /// A choice's providers with what each is told.
    func steps(of choice: RouteChoice, region: Region) -> [MessagePath.Step] {
        var steps: [MessagePath.Step] = []
        for step in 0..<choice.plan.count {
            guard let provider = reachable[scope.provider(at: choice.plan[step])] else { continue }
            let sender = scope.sender(for: choice, step: step, region: region)
            steps.append(
                MessagePath.Step(
                    provider: provider, channel: scope.question.channel, sender: scope.senderText(sender)))
        }
        return steps
    }

    /// Who is tried first for a recipient. Before there are message ids its place in the file stands in: where weights
    /// choose, the sums are right though single messages may go another way.
    func first(for address: Span<UInt8>, region: Region, place: Int) -> ProviderStep? {
        let choice = scope.choose(address, region: region, message: MessageID(rawValue: Int64(place)))
        return choice.plan.isEmpty ? nil : reachable[scope.provider(at: choice.plan[0])]
    }
}
