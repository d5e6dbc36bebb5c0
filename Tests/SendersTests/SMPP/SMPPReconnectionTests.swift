import Testing

@testable import Senders

@Suite struct SMPPReconnectionTests {
    @Test func pausesDoubleUpToTheLongest() {
        for _ in 0..<50 {
            var reconnection = SMPPReconnection(longest: 3_000)
            for longest: Int64 in [500, 1_000, 2_000, 3_000, 3_000] {
                let pause = reconnection.pause()
                #expect((50...longest).contains(pause))
            }
        }
    }

    @Test func aGoodSessionIsMadeAgainAtOnce() {
        var reconnection = SMPPReconnection(longest: 30_000)
        for _ in 0..<10 { _ = reconnection.pause() }
        reconnection.bound(now: 1_000)
        let early = reconnection.ended(now: 1_000 + SMPPReconnection.goodSession - 1)
        reconnection.bound(now: 1_000)
        let late = reconnection.ended(now: 1_000 + SMPPReconnection.goodSession)
        let pause = reconnection.pause()
        let unbound = reconnection.ended(now: 100_000)
        #expect(!early && late && !unbound && pause <= SMPPReconnection.firstPause)
    }

    @Test func theShortestLongestPauseIsKept() {
        var reconnection = SMPPReconnection(longest: 1)
        for _ in 0..<20 {
            let pause = reconnection.pause()
            #expect(pause == 1)
        }
    }
}
