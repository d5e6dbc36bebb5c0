extension HTTPServer {
    /// Where a server listens and what it bears.
    package struct Options: Sendable {
        package var address = "127.0.0.1"
        /// 0 lets the system choose.
        package var port: UInt16 = 0
        package var threads = 1
        package var maxBody = 1 << 20
        package var maxConnections = 1024
        /// A connection that neither sends nor takes anything for so long is closed; 0 for never.
        package var idleSeconds = 60

        package init() {}
    }
}
