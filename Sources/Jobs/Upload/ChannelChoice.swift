import Domain

/// By which channels a campaign wants to go: its template's, then others that the template has something to say by, or
/// the cheapest of them.
package enum ChannelChoice: Sendable, Hashable {
    /// The first must be the template's.
    case order([Channel])
    case cheapest

    /// Why a template can't go that way.
    package enum Fault: Error, Sendable, Hashable {
        /// The template is for another one.
        case notFirst(Channel, templates: Channel)
        case twice
        /// The template says nothing by it.
        case mute(Channel)
        /// There is nothing to choose from.
        case only(Channel)
    }

    /// The channels that follow the template's own, and whether the cheapest is chosen from all.
    package func channels(_ template: MessageTemplate) throws(Fault) -> (further: [Channel], isCheapest: Bool) {
        switch self {
        case .cheapest:
            let further = template.variants.keys.sorted { $0.code < $1.code }
            if further.isEmpty { throw .only(template.channel) }
            return (further, true)
        case .order(let order):
            guard let first = order.first else { return ([], false) }
            guard first == template.channel else { throw .notFirst(first, templates: template.channel) }
            guard Set(order).count == order.count else { throw .twice }
            if let mute = order.first(where: { !template.writes($0) }) { throw .mute(mute) }
            return (Array(order.dropFirst()), false)
        }
    }
}
