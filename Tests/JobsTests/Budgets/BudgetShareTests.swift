import Domain
import Storage
import Testing

@testable import Jobs

/// What one process may spend, against answers that come late.
@Suite struct BudgetShareTests {
    private let now = ContinuousClock.now

    private func answer(_ granted: Int64, free: Int64 = 0, isHeld: Bool = false) throws -> BudgetStore.Answer {
        BudgetStore.Answer(
            budget: 1, currency: try #require(Currency("SGD")), granted: granted, free: free, isHeld: isHeld,
            rates: ["USD": try #require(ExchangeRate("1.25"))], news: nil)
    }

    @Test func nothingIsSpentBeforeItIsGranted() throws {
        var share = BudgetShare(now: now)
        #expect(!share.isKnown && !share.allows(1))
        share.miss(300, now: now)
        let ask = share.ask(1, isTick: false)
        #expect(ask.held == 0 && ask.need == 300 && ask.more >= 300)
        share.accept(try answer(300), asked: ask, now: now)
        #expect(share.allows(300) && !share.allows(301) && share.shortUntil == nil)
        #expect(share.value(of: Money(micros: 100, currency: try #require(Currency("USD")))) == 125)
    }

    /// What is spent and what comes back while the question is under way are both in the books only once.
    @Test func anAnswerCountsWhatHappenedMeanwhile() throws {
        var share = BudgetShare(now: now)
        share.miss(1000, now: now)
        share.accept(try answer(1000), asked: share.ask(1, isTick: false), now: now)
        share.take(400, isForced: false, now: now)
        let ask = share.ask(1, isTick: false)
        #expect(ask.held == 1000)
        share.take(100, isForced: false, now: now)
        share.settled(400)
        share.accept(try answer(1000), asked: ask, now: now)
        // 400 may be booked by now or not: they are not spent a second time before the next question.
        #expect(share.left == 500 && share.inFlight == 100)
        let next = share.ask(1, isTick: false)
        #expect(next.held == 600)
        share.accept(try answer(600), asked: next, now: now)
        #expect(share.left + share.inFlight == 600)
    }

    @Test func whatIsNotNeededGoesBack() throws {
        var share = BudgetShare(now: now)
        share.miss(1000, now: now)
        share.accept(try answer(1000), asked: share.ask(1, isTick: false), now: now)
        _ = share.ask(1, isTick: true)
        #expect(share.left == 0)
    }

    @Test func whoIsRefusedDoesNotAskAgainAtOnce() throws {
        var share = BudgetShare(now: now)
        share.miss(500, now: now)
        let ask = share.ask(1, isTick: false)
        share.accept(try answer(200), asked: ask, now: now)
        #expect(share.shortUntil == now + BudgetShare.memory)
        share.accept(try answer(0, isHeld: true), asked: ask, now: now)
        #expect(share.isHeld && !share.allows(1))
        // What is never held goes out all the same, and is counted.
        share.take(70, isForced: true, now: now)
        #expect(share.inFlight == 70 && share.left == 0)
    }
}
