private import CMicroHTTP
private import Glibc

/// A thread's open connections, looked at in turn: a tenth of them each tenth of a second, so that ten thousand are
/// never in the way of one request.
final class ConnectionList {
    static let interval: Int64 = 100
    private static let turns = 10

    private var records: [ConnectionRecord] = []
    private var next = 0
    private var sweptAt: Int64 = 0

    var isEmpty: Bool { records.isEmpty }

    func insert(_ record: ConnectionRecord) {
        record.index = records.count
        records.append(record)
    }

    func remove(_ record: ConnectionRecord) {
        let last = records.removeLast()
        guard last !== record else { return }
        last.index = record.index
        records[record.index] = last
    }

    /// Milliseconds until the next turn.
    func wait(now: Int64) -> Int64 { max(0, sweptAt + Self.interval - now) }

    /// Cuts off who is too slow, and lets requests under way look at the time. A cut socket stays open until the
    /// library sees its end.
    func sweep(now: Int64, _ core: ServerCore) {
        guard now - sweptAt >= Self.interval else { return }
        sweptAt = now
        // Who waits for the end shall not wait for ten turns.
        let count = core.isDraining ? records.count : min(records.count / Self.turns + 1, records.count)
        for _ in 0..<count {
            if next >= records.count { next = 0 }
            let record = records[next]
            next += 1
            record.exchange?.tick(now: now)
            if record.isTooSlow(now: now, core.options) {
                shutdown(record.socket, Int32(SHUT_RDWR))
            } else if core.isDraining, record.isIdle(now: now) {
                // Only the way in: a request that has come in this moment is still read, and answered.
                shutdown(record.socket, Int32(SHUT_RD))
            }
        }
    }
}
