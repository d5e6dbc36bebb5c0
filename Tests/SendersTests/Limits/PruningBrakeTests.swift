import Testing

@testable import Senders

@Suite struct PruningBrakeTests {
    private func believes(_ bench: GateBench, _ dead: Int, of answers: Int) -> Bool {
        bench.gate.believes(dead: dead, of: answers, now: bench.now)
    }

    @Test func singleDeadAddressesAreBelieved() {
        let bench = GateBench()
        #expect(believes(bench, 50, of: 50))
        #expect(bench.standing.errorShare == 0)
    }

    @Test func aLargePartOfAllIsNotBelievedFromTheBatchOnThatShowsIt() {
        let bench = GateBench()
        #expect(believes(bench, 10, of: 500))
        #expect(!believes(bench, 400, of: 500))
        #expect(bench.standing.errorShare == 0.41 && bench.standing.score < 400)
        #expect(!believes(bench, 1, of: 1))
    }

    @Test func aFifthIsTheLimitUnlessTheAccountSaysAnother() throws {
        #expect(believes(GateBench(), 200, of: 1000) && !believes(GateBench(), 201, of: 1000))
        let settings = try LimitSettings(json: #"{"dead_share":0.5}"#)
        #expect(believes(GateBench(settings), 500, of: 1000) && !believes(GateBench(settings), 501, of: 1000))
        #expect(believes(GateBench(try LimitSettings(json: #"{"dead_share":1}"#)), 1000, of: 1000))
        #expect(throws: ConfigError.self) { try LimitSettings(json: #"{"dead_share":0}"#) }
    }

    @Test func itIsBelievedAgainOnceTheShareHasFallen() {
        var bench = GateBench()
        #expect(!believes(bench, 100, of: 100))
        bench.pass(.seconds(120))
        #expect(believes(bench, 1, of: 1000))
        #expect(bench.standing.errorShare == 0)
    }

    @Test func whatIsOlderThanTenMinutesIsForgotten() {
        var bench = GateBench()
        #expect(!believes(bench, 100, of: 100))
        bench.pass(.seconds(540))
        #expect(!believes(bench, 1, of: 1))
        bench.pass(.seconds(120))
        #expect(believes(bench, 1, of: 1))
        bench.pass(.seconds(1_000_000))
        #expect(believes(bench, 1, of: 1))
    }
}
