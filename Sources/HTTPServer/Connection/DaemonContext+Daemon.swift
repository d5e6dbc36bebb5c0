private import CMicroHTTP

extension DaemonContext {
    /// A daemon of the server library that accepts from the socket and waits to be driven; nil where the
    /// library cannot start. The context must outlive it.
    func makeDaemon(_ descriptor: Int32) -> OpaquePointer? {
        let completed: MHD_RequestCompletedCallback = { _, connection, slot, _ in
            guard let exchange = slot?.pointee, let connection else { return }
            let ended = Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue()
            slot?.pointee = nil
            ended.finish(connection)
        }
        let connected: MHD_NotifyConnectionCallback = { context, connection, slot, event in
            guard let context, let connection, let slot else { return }
            let daemon = Unmanaged<DaemonContext>.fromOpaque(context).takeUnretainedValue()
            if event == .CONNECTION_NOTIFY_STARTED {
                let peer = herald_mhd_peer(connection).flatMap { IPAddress($0) } ?? .any
                let record = ConnectionRecord(
                    socket: herald_mhd_socket(connection), peer: peer, now: MonotonicTime.milliseconds())
                record.certificate = daemon.core.options.certificate
                daemon.opened(record)
                slot.pointee = Unmanaged.passRetained(record).toOpaque()
            } else if let record = slot.pointee {
                slot.pointee = nil
                daemon.closed(Unmanaged<ConnectionRecord>.fromOpaque(record).takeRetainedValue())
            }
        }
        // The library would decode the path before it is cut into segments; the router does it after.
        let leaveEscapes:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?
            ) -> Int = { _, _, text in text.map { strlen($0) } ?? 0 }
        let context = Unmanaged.passUnretained(self).toOpaque()
        let options = core.options
        var settings = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(descriptor), ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: connectionLimit, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_MEMORY_LIMIT, value: options.connectionMemory, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: options.idleSeconds, ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_COMPLETED, value: unsafeBitCast(completed, to: Int.self), ptr_value: nil),
            MHD_OptionItem(
                option: .NOTIFY_CONNECTION, value: unsafeBitCast(connected, to: Int.self), ptr_value: context),
            MHD_OptionItem(
                option: .UNESCAPE_CALLBACK, value: unsafeBitCast(leaveEscapes, to: Int.self), ptr_value: nil),
        ]
        var flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_ALLOW_UPGRADE.rawValue
        if options.certificate != nil {
            flags |= MHD_USE_TLS.rawValue
            // The library keeps the text.
            let priorities = strdup(
                "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-SHA1:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA:%SERVER_PRECEDENCE"
            )
            settings.append(MHD_OptionItem(option: .HTTPS_PRIORITIES, value: 0, ptr_value: priorities))
            settings.append(
                MHD_OptionItem(
                    option: .HTTPS_CERT_CALLBACK2, value: 0,
                    ptr_value: unsafeBitCast(Self.certificateCallback, to: UnsafeMutableRawPointer.self)))
        }
        settings.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        return herald_mhd_start(
            flags,
            { context, address, _ in
                guard let context, let address, let peer = IPAddress(address) else { return .YES }
                let daemon = Unmanaged<DaemonContext>.fromOpaque(context).takeUnretainedValue()
                return daemon.core.addresses.mayConnect(peer) ? .YES : .NO
            },
            { context, connection, path, method, version, piece, count, slot in
                guard let context, let connection, let path, let method, let version, let count, let slot else {
                    return .NO
                }
                guard let begun = slot.pointee else {
                    let context = Unmanaged<DaemonContext>.fromOpaque(context).takeUnretainedValue()
                    return context.begin(connection, method, path, version, slot) ? .YES : .NO
                }
                let exchange = Unmanaged<Exchange>.fromOpaque(begun).takeUnretainedValue()
                guard count.pointee > 0, let piece else { return exchange.proceed(connection) ? .YES : .NO }
                let length = count.pointee
                return piece.withMemoryRebound(to: UInt8.self, capacity: length) { piece in
                    let bytes = UnsafeBufferPointer(start: piece, count: length)
                    guard let taken = exchange.receive(bytes, on: connection) else { return .NO }
                    count.pointee = length - taken
                    return .YES
                }
            },
            context, &settings)
    }

    /// Asked in each handshake. The library keeps the connection with the session.
    private static let certificateCallback:
        @convention(c) (
            gnutls_session_t?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>?,
            UnsafeMutablePointer<UInt32>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<gnutls_privkey_t?>?, UnsafeMutablePointer<UInt32>?
        ) -> Int32 = { session, _, certificates, count, _, staples, key, flags in
            guard let connection = gnutls_session_get_ptr(session), let certificates, let count, let key,
                let record = herald_mhd_record(OpaquePointer(connection)),
                let certificate = Unmanaged<ConnectionRecord>.fromOpaque(record).takeUnretainedValue().certificate
            else { return -1 }
            certificate.current.fill(certificates, count, key)
            staples?.assumingMemoryBound(to: UInt32.self).pointee = 0
            flags?.pointee = 0
            return 0
        }

    private func begin(
        _ connection: OpaquePointer, _ method: UnsafePointer<CChar>, _ path: UnsafePointer<CChar>,
        _ version: UnsafePointer<CChar>, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> Bool {
        let record = herald_mhd_record(connection).map {
            Unmanaged<ConnectionRecord>.fromOpaque($0).takeUnretainedValue()
        }
        func exchange(_ request: HTTPRequest) -> Exchange {
            let exchange = Exchange(request: request, context: self, connection: connection, record: record)
            slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
            return exchange
        }
        do {
            let (request, bodyLength) = try HTTPRequest.read(
                connection, method: method, path: path, version: version, self, peer: record?.peer ?? .any)
            return exchange(request).begin(connection, bodyLength: bodyLength)
        } catch {
            // Nothing of such a head is believed, and nothing behind it read.
            return exchange(HTTPRequest(method: "-", rawPath: "/")).reject(error.response, on: connection)
        }
    }
}
