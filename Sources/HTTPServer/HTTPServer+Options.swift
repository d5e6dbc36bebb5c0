extension HTTPServer {
    /// Where a server listens and what it bears.
    package struct Options: Sendable {
        /// An address of this machine, IPv4 or IPv6; `::` takes both.
        package var address = "127.0.0.1"
        /// 0 lets the system choose.
        package var port: UInt16 = 0
        /// A socket that listens already, from systemd or the process before: address and port are then its own.
        package var inherited: Int32?
        /// HTTPS where it is there.
        package var certificate: ServerCertificate?
        /// For `Strict-Transport-Security` over TLS; nil leaves it out.
        package var strictTransportSeconds: Int? = 31_536_000
        /// Whose word on the client's address and on TLS is believed.
        package var proxies: [IPNetwork] = []
        package var threads = 1

        /// What a simple handler's requests may carry; routes say it each for themselves.
        package var maxBody = 1 << 20
        package var maxHeadBytes = 8 << 10
        package var maxHeaderFields = 100
        /// Path and query.
        package var maxTarget = 4 << 10
        package var maxConnections = 1024
        /// Of these, how many may be WebSockets: each takes two files more over TLS.
        package var maxWebSockets = 1024
        package var maxConnectionsPerAddress: Int?
        /// What the server library takes for each connection. The head must fit into it.
        package var connectionMemory = 16 << 10

        /// A connection that neither sends nor takes anything for so long is closed; 0 for never.
        package var idleSeconds = 60
        /// A head must be whole after so long; also the first of a connection, its TLS handshake counted.
        package var headSeconds = 15
        /// Who sends a body or takes an answer slower than `slowBytes` a second, over so many seconds, is cut off.
        package var slowSeconds = 15
        package var slowBytes = 512

        /// Told of each request that ended. Called on a polling thread: hand it on and return.
        package var log: (@Sendable (AccessRecord) -> Void)?
        /// Told what whoever runs the server should know, as a sentence.
        package var notice: (@Sendable (String) -> Void)?

        package init() {}
    }
}
