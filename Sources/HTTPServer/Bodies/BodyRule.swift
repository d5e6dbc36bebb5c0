/// How much body a request may have, and how it comes to the handler.
package enum BodyRule: Sendable, Equatable {
    /// A body is refused.
    case none
    /// A small one is there before the handler is called; a large one, or one that waits for `100 Continue`, comes
    /// when the handler asks for it.
    case whole(limit: Int)
    /// It is there before the handler is called, always: for handlers that know nothing else.
    case collected(limit: Int)
    /// It comes in pieces as the handler asks for them: in constant memory, however long it is.
    case stream(limit: Int)

    var limit: Int {
        switch self {
        case .none: 0
        case .whole(let limit), .collected(let limit), .stream(let limit): limit
        }
    }
}
