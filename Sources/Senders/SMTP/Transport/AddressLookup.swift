/// Where a lane gets its host's addresses from: the system's resolver, or what a test says.
struct AddressLookup: Sendable {
    /// Calls back once, on any thread; nil where the name has no address or nobody answered.
    var ask: @Sendable (_ host: String, _ port: Int, _ done: @escaping @Sendable ([SocketAddress]?) -> Void) -> Void

    static let system = AddressLookup { host, port, done in
        HostLookup.addresses(of: host, port: UInt16(clamping: port)) { answer in
            switch answer {
            case .addresses(let addresses): done(addresses)
            case .failed: done(nil)
            }
        }
    }
}
