import Testing

@testable import Domain

@Suite struct FifoTests {
    @Test func whatComesFirstGoesFirst() {
        var fifo = Fifo<Int>()
        #expect(fifo.isEmpty && fifo.popFirst() == nil)
        fifo.append(1)
        fifo.append(2)
        #expect(!fifo.isEmpty && fifo.popFirst() == 1 && fifo.popFirst() == 2)
        #expect(fifo.isEmpty && fifo.popFirst() == nil)
    }

    /// One that never gets empty is tidied up in between.
    @Test func oneThatIsNeverEmptyKeepsItsOrder() {
        var fifo = Fifo<Int>()
        var taken: [Int] = []
        for number in 0..<10_000 {
            fifo.append(number)
            if number % 3 != 0, let first = fifo.popFirst() { taken.append(first) }
        }
        while let first = fifo.popFirst() { taken.append(first) }
        #expect(taken == Array(0..<10_000))
    }

    @Test func whatWasTakenIsNotHeldOnTo() {
        final class Thing: Sendable {}
        var fifo = Fifo<Thing>()
        weak var gone: Thing?
        do {
            let thing = Thing()
            gone = thing
            fifo.append(thing)
            fifo.append(Thing())
        }
        _ = fifo.popFirst()
        #expect(gone == nil && !fifo.isEmpty)
    }
}
