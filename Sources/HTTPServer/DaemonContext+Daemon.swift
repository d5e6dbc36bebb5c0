private import CMicroHTTP

extension DaemonContext {
    /// A daemon of the server library that accepts from the socket and waits to be driven; nil where the
    /// library cannot start. The context must outlive it.
    func makeDaemon(_ descriptor: Int32) -> OpaquePointer? {
        let completed: MHD_RequestCompletedCallback = { _, _, slot, _ in
            guard let exchange = slot?.pointee else { return }
            let ended = Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue()
            slot?.pointee = nil
            ended.finish()
        }
        let connected: MHD_NotifyConnectionCallback = { context, _, _, event in
            guard let context else { return }
            let daemon = Unmanaged<DaemonContext>.fromOpaque(context).takeUnretainedValue()
            if event == .CONNECTION_NOTIFY_STARTED { daemon.connectionOpened() } else { daemon.connectionClosed() }
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        var settings = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(descriptor), ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: connectionLimit, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: core.options.idleSeconds, ptr_value: nil),
            MHD_OptionItem(option: .STRICT_FOR_CLIENT, value: 1, ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_COMPLETED, value: unsafeBitCast(completed, to: Int.self), ptr_value: nil),
        ]
        settings.append(
            MHD_OptionItem(
                option: .NOTIFY_CONNECTION, value: unsafeBitCast(connected, to: Int.self), ptr_value: context))
        settings.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))

        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        return herald_mhd_start(
            flags,
            { context, connection, path, method, _, piece, count, slot in
                guard let context, let connection, let path, let method, let count, let slot else { return .NO }
                guard let begun = slot.pointee else {
                    let context = Unmanaged<DaemonContext>.fromOpaque(context).takeUnretainedValue()
                    let request = HTTPRequest(connection: connection, method: method, path: path)
                    let exchange = Exchange(request: request, context: context)
                    slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
                    return exchange.begin(connection) ? .YES : .NO
                }
                let exchange = Unmanaged<Exchange>.fromOpaque(begun).takeUnretainedValue()
                guard count.pointee > 0, let piece else { return exchange.proceed(connection) ? .YES : .NO }
                let length = count.pointee
                count.pointee = 0
                return piece.withMemoryRebound(to: UInt8.self, capacity: length) { piece in
                    exchange.receive(UnsafeBufferPointer(start: piece, count: length)) ? .YES : .NO
                }
            },
            context, &settings)
    }
}
