private import CPostgres

/// Whether the server answers, asked the way `pg_isready` asks.
enum ServerProbe {
    /// `starting` covers recovery and shutdown: alive, but takes no connections.
    enum Answer { case ready, starting, none }

    /// Blocks up to ten seconds, which a busy machine may take to answer.
    static func ask(_ parameters: ConnectionParameters) -> Answer {
        switch PQping(parameters.connectionString + " connect_timeout=10") {
        case PQPING_OK: .ready
        case PQPING_REJECT: .starting
        default: .none
        }
    }
}
