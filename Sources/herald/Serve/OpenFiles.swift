import Foundation

/// How many connections this process can hold: as many as it may open files for. A WebSocket over TLS takes three, so
/// that is what each is counted with; some are left for the database and the providers.
enum OpenFiles {
    private static let reserved: UInt64 = 1000
    private static let each: UInt64 = 3
    private static let usual = 1024
    private static let most = 20_000

    /// Raises this process' limit as far as it may, which costs nothing.
    static func connections() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return usual }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = raised.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return connections(files: UInt64(limit.rlim_cur))
    }

    static func connections(files: UInt64) -> Int {
        guard files > reserved else { return usual }
        return max(usual, Int(min((files - reserved) / each, UInt64(most))))
    }
}
