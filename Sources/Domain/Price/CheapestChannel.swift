/// `channel: cheapest`: which of the channels that a message may take and a person can be reached on costs least.
package enum CheapestChannel {
    /// A permitted channel with what the message would cost on it.
    package struct Offer: Sendable, Hashable {
        package var channel: Channel
        /// Whether there is an address for it.
        package var isReachable: Bool
        /// For one segment, or for the message where the channel has no segments; nil where no price is known.
        package var rate: PriceTable.Rate?
        package var segments: Int

        package init(channel: Channel, isReachable: Bool = true, rate: PriceTable.Rate?, segments: Int = 1) {
            self.channel = channel
            self.isReachable = isReachable
            self.rate = rate
            self.segments = segments
        }
    }

    /// The cheapest reachable one; of equals the first as given. A channel whose price nobody knows comes after all
    /// that have one. Prices in different currencies can't be compared: then the first as given is taken. Nil where
    /// nobody can be reached.
    package static func pick(_ offers: [Offer]) -> Channel? {
        let reachable = offers.filter(\.isReachable)
        let priced = reachable.filter { $0.rate != nil }
        guard let currency = priced.first?.rate?.currency else { return reachable.first?.channel }
        guard priced.allSatisfy({ $0.rate?.currency == currency }) else { return reachable.first?.channel }
        // `min` keeps the first of equals.
        return priced.min { cost($0) < cost($1) }?.channel
    }

    private static func cost(_ offer: Offer) -> Int64 {
        let (cost, overflow) = (offer.rate?.micros ?? 0).multipliedReportingOverflow(by: Int64(max(offer.segments, 1)))
        return overflow ? .max : cost
    }
}
