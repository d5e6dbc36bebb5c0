import Domain

/// One thing that the doctor looked at.
struct Finding: Sendable, Equatable {
    enum State: String, Sendable {
        case fine, note, wrong

        var mark: String {
            switch self {
            case .fine: "ok"
            case .note: "note"
            case .wrong: "WRONG"
            }
        }
    }

    let subject: String
    let state: State
    /// What is so, and where it is wrong, what to do.
    let text: String

    static func fine(_ subject: String, _ text: String) -> Finding {
        Finding(subject: subject, state: .fine, text: text)
    }
    static func note(_ subject: String, _ text: String) -> Finding {
        Finding(subject: subject, state: .note, text: text)
    }
    static func wrong(_ subject: String, _ text: String) -> Finding {
        Finding(subject: subject, state: .wrong, text: text)
    }

    var json: JSON { ["subject": .string(subject), "state": .string(state.rawValue), "text": .string(text)] }
}
