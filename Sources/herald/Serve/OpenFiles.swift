import Foundation

/// How many connections this process can hold: as many as it may open files for. A WebSocket over TLS takes three, so only
/// some may be that; some files are left for the database and the providers.
struct OpenFiles: Equatable {
    let connections: Int
    /// Of these.
    let webSockets: Int

    private static let reserved: UInt64 = 1000
    private static let usual = 1024
    private static let fewest = 64
    private static let most: UInt64 = 20_000

    init(files: UInt64) {
        let free = files > Self.reserved ? files - Self.reserved : 0
        // Where files are few three fifths are connections, and the rest lets a third of these be WebSockets.
        connections = max(Self.usual, Int(min(free / 5 * 3, Self.most)))
        let left = free - min(free, UInt64(connections))
        webSockets = min(connections, max(Self.fewest, Int(min(left / 2, Self.most))))
    }

    /// Raises this process' limit as far as it may, which costs nothing.
    static func raised() -> OpenFiles {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return OpenFiles(files: 0) }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = raised.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return OpenFiles(files: UInt64(limit.rlim_cur))
    }
}
