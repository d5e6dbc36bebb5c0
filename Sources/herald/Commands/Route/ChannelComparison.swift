import Domain
import Senders

/// What one message would cost on each channel that leads to one of somebody's addresses: how `--channel cheapest` chooses.
/// Whether the person may be sent to on them is asked when the message is sent.
struct ChannelComparison {
    struct Line {
        let channel: Channel
        let address: String
        /// Who would send it; nil where nobody can.
        let provider: String?
        /// For one segment or message; nil without a price.
        let rate: PriceTable.Rate?
    }

    let lines: [Line]
    let cheapest: Line?

    /// `addresses` are separated by commas.
    init(
        addresses: String, question: RouteQuestion, home: Region, table: RouteTable, message: MessageID,
        standings: ProviderStandings
    ) throws {
        var lines: [Line] = []
        for text in addresses.split(separator: ",").map({ String($0).trimmingBlanks }) where !text.isEmpty {
            let kind = AddressInput.kind(of: Array(text.utf8).span, channel: nil)
            for channel in Channel.allCases where channel.addressKind == kind {
                let (address, region) = try RouteExplainCommand.address(text, channel, home)
                var own = question
                own.channel = channel
                let told = table.explain(
                    own, address: Array(address.utf8), region: region, message: message, standings: standings)
                let first = told.steps.first
                lines.append(
                    Line(channel: channel, address: address, provider: first?.provider.name, rate: first?.rate))
            }
        }
        self.lines = lines
        let chosen = CheapestChannel.pick(
            lines.map { CheapestChannel.Offer(channel: $0.channel, isReachable: $0.provider != nil, rate: $0.rate) })
        cheapest = lines.first { $0.channel == chosen }
    }

    func show(on screen: Screen) {
        for line in lines {
            let price = line.rate.map { amount($0.micros, $0.currency.code) } ?? "no price"
            let way = line.provider.map { "\(price) through \($0)" } ?? "no provider"
            screen.line("\(line.channel.rawValue) to \(line.address): \(way)")
        }
        screen.line(
            cheapest.map { "\($0.channel.rawValue) is taken, for one segment." } ?? "Nobody can send on any of them.")
        screen.line()
    }

    /// The explanation of the way that is taken, with what it was compared with.
    func json(beside explanation: JSON) -> JSON {
        guard var object = explanation.objectValue else { return explanation }
        object["channels"] = .array(
            lines.map { line in
                [
                    "channel": .string(line.channel.rawValue), "to": .string(line.address),
                    "provider": line.provider.map { .string($0) } ?? .null,
                    "price": line.rate.map { .string(PriceText.decimal($0.micros)) } ?? .null,
                    "currency": line.rate.map { .string($0.currency.code) } ?? .null,
                ]
            })
        return .object(object)
    }
}
