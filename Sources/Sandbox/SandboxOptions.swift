import Domain
import Senders

/// How a sandbox server is started.
package struct SandboxOptions: Sendable {
    package var address = "127.0.0.1"
    package var port: UInt16 = 8099
    package var threads = 1
    /// Where every call is logged and synced before its reply; nil for no log.
    package var logPath: String?
    /// A call whose idempotency key was taken before is answered as it was then, and not sent again.
    package var isIdempotent = false
    package var settings = SandboxSettings()
    package var faults = SandboxFaults()

    package init() {}
}

/// How the sandbox's odd behaviours look in time and size.
package struct SandboxFaults: Sendable, Hashable {
    /// How long a late answer takes.
    package var lateness: Duration = .seconds(60)
    /// The pause between two bytes.
    package var dripInterval: Duration = .seconds(1)
    /// How long a hanging connection is held before it is dropped.
    package var hang: Duration = .seconds(600)
    package var oversize = 1 << 20

    package init() {}
}
