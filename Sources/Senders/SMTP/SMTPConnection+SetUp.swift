import Domain

/// From the first message that wants a connection to a server that listens: name, address, TCP, TLS.
extension SMTPConnection {
    func dial() {
        reactor.add(self)
        setUpEnds = reactor.now + config.connectTimeout.wholeMilliseconds
        limit(to: setUpEnds)
        if let known = lane.knownAddresses(now: reactor.now) { use(known) } else { reactor.resolve(lane) }
    }

    /// The lane has heard of the host's addresses.
    func resolved() {
        guard phase == .resolving else { return }
        guard let known = lane.knownAddresses(now: reactor.now) else { return failSetUp("unknown host") }
        use(known)
    }

    private func use(_ known: [SocketAddress]) {
        let allowed = config.isInternal ? known : known.filter(\.isPublic)
        guard !allowed.isEmpty else { return failSetUp(known.isEmpty ? "unknown host" : "private address") }
        addresses = allowed[...]
        tryNextAddress(after: "no address")
    }

    func tryNextAddress(after reason: String) {
        closeWire()
        var reason = reason
        while let address = addresses.popFirst() {
            switch SMTPWire.open(address) {
            case .failure(let fault): reason = fault.reason
            case .success(let opened):
                wire = opened
                phase = .connecting
                reactor.opened(opened.socket, self)
                reactor.epoll.watch(opened.socket, reading: false, writing: true)
                // The addresses that are left want their share of the time.
                limit(to: reactor.now + max(setUpEnds - reactor.now, 0) / Int64(addresses.count + 1))
                return
            }
        }
        failSetUp(reason)
    }

    func connected() {
        if config.session.security == .tls { secure() } else { talk() }
    }

    private func talk() {
        phase = .talking
        restartClock()
    }

    func secure() {
        guard let tls = config.tls, let channel = TLSChannel(tls, host: config.host) else {
            return failSetUp("out of memory")
        }
        wire?.channel = channel
        phase = .securing
        limit(to: max(setUpEnds, reactor.now + config.connectTimeout.wholeMilliseconds))
        handshake()
    }

    func handshake() {
        switch wire?.handshake() {
        case .done:
            talk()
            if config.session.security == .startTLS { session.secured() }
        case .failed(let reason):
            _ = wire?.flush(&session)
            failSetUp(reason)
        case .wantsMore, nil: break
        }
    }

    func failSetUp(_ reason: String) {
        end(.notSent(reason: "\(ProviderReason.noConnection) (smtp \(reason))"), mayReturn: true)
    }
}
