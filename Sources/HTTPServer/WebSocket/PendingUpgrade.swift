private import CMicroHTTP
private import Glibc

/// A connection that the library is about to hand over: made into a link of the server's loop once the answer is out.
final class PendingUpgrade {
    private let upgrade: WebSocketUpgrade
    private let context: DaemonContext

    init(_ upgrade: WebSocketUpgrade, _ context: DaemonContext) {
        self.upgrade = upgrade
        self.context = context
    }

    /// The response owns this until the hand-over, which may never come: the few bytes are then lost with a connection
    /// that broke in the middle of its answer.
    func response() -> OpaquePointer? {
        let held = Unmanaged.passRetained(self)
        let response = MHD_create_response_for_upgrade(
            { context, _, _, early, earlyCount, descriptor, handle in
                guard let context, let handle else { return }
                let bytes = UnsafeRawBufferPointer(start: early, count: early == nil ? 0 : earlyCount)
                Unmanaged<PendingUpgrade>.fromOpaque(context).takeRetainedValue()
                    .open(descriptor, handle, Array(bytes))
            }, held.toOpaque())
        if response == nil { held.release() }
        return response
    }

    private func open(_ descriptor: Int32, _ handle: OpaquePointer, _ early: [UInt8]) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        let socket = WebSocket(limit: upgrade.limit * 4)
        let link = WebSocketLink(
            socket, descriptor: descriptor, handle: handle, doorbell: context.doorbell, early: early,
            limit: upgrade.limit, now: MonotonicTime.milliseconds())
        context.core.webSockets.add(link)
        let work = upgrade.work
        Task {
            await work(socket)
            socket.close()
        }
    }
}
