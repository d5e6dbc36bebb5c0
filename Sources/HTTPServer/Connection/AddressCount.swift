private import Synchronization

/// How many connections each address holds, so that one can't take them all. Named proxies are let off: many clients
/// come from behind them.
final class AddressCount: Sendable {
    private let limit: Int?
    private let exempt: [IPNetwork]
    private let open = Mutex<[IPAddress: Int]>([:])

    init(limit: Int?, exempt: [IPNetwork]) {
        self.limit = limit
        self.exempt = exempt
    }

    func mayConnect(_ address: IPAddress) -> Bool {
        guard let limit, !exempt.contains(where: { $0.contains(address) }) else { return true }
        return open.withLock { $0[address, default: 0] } < limit
    }

    func opened(_ address: IPAddress) {
        guard limit != nil else { return }
        open.withLock { $0[address, default: 0] += 1 }
    }

    func closed(_ address: IPAddress) {
        guard limit != nil else { return }
        open.withLock { open in
            let left = open[address, default: 1] - 1
            open[address] = left > 0 ? left : nil
        }
    }
}
