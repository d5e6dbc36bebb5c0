/// What can go wrong with the database, as far as a caller can act on it.
///
/// The texts come from PostgreSQL's own primary message, never from its detail: the detail quotes row
/// values, and those are personal data.
package enum StorageError: Error, Sendable, Equatable {
    /// No server answers, or the connection broke before the answer came. What was under way may or may
    /// not have been committed.
    case connectionLost(String)
    /// The pool had no free connection within its time.
    case poolExhausted(waited: Duration)
    /// The transaction lost against another one and may be run again as it was.
    case serializationFailure
    /// The worker's lease has passed to another: nothing of this transaction was stored.
    case fenced
    /// A unique or foreign key, or a check, said no. Carries the constraint's name.
    case constraint(String)
    /// Anything else that the server refused, with its SQLSTATE.
    case rejected(state: String, message: String)
    /// The disk under the database is full.
    case diskFull
    /// A stored value could not be read as what it should be.
    case malformed(String)
}

extension StorageError {
    /// Whether the same may work a little later.
    package var mayPass: Bool {
        switch self {
        case .connectionLost, .poolExhausted, .serializationFailure, .diskFull: true
        case .fenced, .constraint, .rejected, .malformed: false
        }
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connectionLost(let why):
            "The database does not answer (\(why)). Is Herald up? `herald status` tells."
        case .poolExhausted(let waited):
            "All database connections were busy for \(waited). Try again, or raise HERALD_DATABASE_CONNECTIONS."
        case .serializationFailure: "The database could not complete the change beside others; try again."
        case .fenced: "The work was taken over by another worker."
        case .constraint(let name): "The database refused the change (\(name))."
        // Said by our own SQL, in whole sentences.
        case .rejected(let state, let message) where state.hasPrefix("HR"): message
        case .rejected(let state, let message): "The database refused a statement (\(state)): \(message)"
        case .diskFull: "The disk under the database is full. Free some space; nothing acknowledged is lost."
        case .malformed(let what): "The database holds something unexpected: \(what)"
        }
    }
}
