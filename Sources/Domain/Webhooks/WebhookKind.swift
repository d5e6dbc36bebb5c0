/// What sources can be told of by themselves. The code is what the database stores: a message's state, or more.
package enum WebhookKind: Sendable, Hashable {
    case message(MessageState)
    case campaignFinished
    case campaignCancelled
    /// The share of a money budget is used up from which on somebody wants to know.
    case budgetWarning
    /// It is used up: what belongs to it waits.
    case budgetHeld
    /// The rates are out of the ordinary, or no longer.
    case alertOpened
    case alertClosed
    /// Asked for by a person, to see whether it arrives. Nobody subscribes to it.
    case test

    package static let all: [WebhookKind] =
        MessageState.allCases.map { .message($0) } + [
            .campaignFinished, .campaignCancelled, .budgetWarning, .budgetHeld, .alertOpened, .alertClosed,
        ]

    package var code: Int16 {
        switch self {
        case .test: 0
        case .message(let state): state.rawValue
        case .campaignFinished: 16
        case .campaignCancelled: 17
        case .budgetWarning: 18
        case .budgetHeld: 19
        case .alertOpened: 20
        case .alertClosed: 21
        }
    }

    package init?(code: Int64) {
        switch code {
        case 0: self = .test
        case 16: self = .campaignFinished
        case 17: self = .campaignCancelled
        case 18: self = .budgetWarning
        case 19: self = .budgetHeld
        case 20: self = .alertOpened
        case 21: self = .alertClosed
        default:
            guard let state = Int16(exactly: code).flatMap({ MessageState(rawValue: $0) }) else { return nil }
            self = .message(state)
        }
    }

    package var word: String {
        switch self {
        case .message(let state): "message.\(state.word)"
        case .campaignFinished: "campaign.finished"
        case .campaignCancelled: "campaign.cancelled"
        case .budgetWarning: "budget.warning"
        case .budgetHeld: "budget.held"
        case .alertOpened: "alert.opened"
        case .alertClosed: "alert.closed"
        case .test: "webhook.test"
        }
    }

    /// The kinds that a word stands for: one, a group with `message.*`, all with `*`. Nil where there is none such.
    package static func named(_ word: String) -> [WebhookKind]? {
        if word == "*" { return all }
        let found =
            word.hasSuffix(".*") ? all.filter { $0.word.hasPrefix(word.dropLast()) } : all.filter { $0.word == word }
        return found.isEmpty ? nil : found
    }
}

/// A set of kinds of events, as one number: asked for every row of a campaign.
package struct WebhookKinds: Sendable, Hashable {
    package let mask: Int32

    package static let none = WebhookKinds(mask: 0)

    package init(mask: Int32) { self.mask = mask }

    package init(_ kinds: some Sequence<WebhookKind>) { mask = kinds.reduce(0) { $0 | 1 << Int32($1.code) } }

    package var isEmpty: Bool { mask == 0 }

    package func contains(_ state: MessageState) -> Bool { mask >> Int32(state.rawValue) & 1 == 1 }

    package var kinds: [WebhookKind] { WebhookKind.all.filter { mask >> Int32($0.code) & 1 == 1 } }

    package var words: [String] { kinds.map(\.word) }
}
