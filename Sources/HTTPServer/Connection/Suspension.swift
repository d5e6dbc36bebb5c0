private import CMicroHTTP
private import Synchronization

/// A connection that sleeps, and the one right to wake it.
///
/// A sleeping connection is never closed by the server library, so the pointer is good until `resume`,
/// which takes it out under the lock: waking twice, or after the server stopped, does nothing.
package final class Suspension: Sendable {
    /// The address of the connection; an integer because a raw pointer may not cross threads.
    private let connection: Mutex<UInt>
    private let context: DaemonContext

    init(connection: OpaquePointer, context: DaemonContext) {
        self.connection = Mutex(UInt(bitPattern: connection))
        self.context = context
    }

    package func resume() {
        let address = connection.withLock { address in
            defer { address = 0 }
            return address
        }
        guard let connection = OpaquePointer(bitPattern: address) else { return }
        context.core.registry.remove(self)
        MHD_resume_connection(connection)
        context.doorbell.ring()
    }
}
