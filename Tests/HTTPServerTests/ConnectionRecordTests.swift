import Glibc
import Testing

@testable import HTTPServer

@Suite struct ConnectionRecordTests {
    /// While the server stops, the next request of a client that asks all the time is answered: its connection is not closed
    /// between two of them.
    @Test func aConnectionIsIdleOnlyAfterItRestedForAWhile() throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        let record = ConnectionRecord(socket: ends[0], peer: IPAddress(high: 0, low: 1), now: 0)
        record.enter(.handler)
        #expect(!record.isIdle(now: 100_000))
        record.enter(.head)
        #expect(!record.isIdle(now: 100_000) && !record.isIdle(now: 100_299) && record.isIdle(now: 100_300))
        // Another request has come and gone between two looks.
        record.enter(.handler)
        record.enter(.head)
        #expect(!record.isIdle(now: 100_310) && record.isIdle(now: 100_610))
        // The next one's first byte is there.
        var byte: UInt8 = 0x50
        #expect(write(ends[1], &byte, 1) == 1)
        #expect(!record.isIdle(now: 200_000) && !record.isIdle(now: 300_000))
        #expect(read(ends[0], &byte, 1) == 1)
        #expect(!record.isIdle(now: 300_010) && record.isIdle(now: 300_310))
    }
}
