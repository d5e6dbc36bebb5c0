import Testing

@testable import Jobs

@Suite struct FairLineTests {
    @Test func whoSendsLittleWaitsForNoMoreThanAShare() {
        #expect(taken(["a10", "a11", "a12", "a13", "b1", "c2"], 20) == [["a10", "b1", "c2", "a11"], ["a12", "a13"]])
    }

    @Test func oneThatIsLargerThanAllTogetherMayBeGoesAlone() {
        #expect(taken(["a900", "a901"], 500) == [["a900"], ["a901"]])
    }

    @Test func whoWasNotReachedComesFirstTheNextTime() {
        #expect(taken(["a5", "b5", "c5", "a6", "b6", "c6"], 10) == [["a5", "b5"], ["c5", "a6"], ["b6", "c6"]])
    }

    @Test func whatWaitsIsWeighed() {
        var line = FairLine<String>()
        #expect(line.isEmpty && line.weight == 0 && line.take(10).isEmpty)
        line.add("a", of: 1, weight: 3)
        line.add("b", of: 2, weight: 4)
        #expect(!line.isEmpty && line.weight == 7 && line.weight(of: 1) == 3 && line.weight(of: 2) == 4)
        #expect(line.take(1) == ["a"] && line.weight == 4 && line.weight(of: 1) == 0)
        #expect(line.take(1) == ["b"] && line.isEmpty && line.weight == 0)
        line.add("c", of: 1, weight: 1)
        #expect(line.take(100) == ["c"])
    }

    @Test func aLineThatNeverEndsKeepsItsOrder() {
        var line = FairLine<Int>()
        var taken: [Int] = []
        for number in 0..<5000 {
            line.add(number, of: 1, weight: 1)
            if number % 2 == 1 { taken += line.take(1) }
        }
        while !line.isEmpty { taken += line.take(7) }
        #expect(taken == Array(0..<5000))
    }

    /// A letter is a tenant, the number a weight.
    private func taken(_ words: [String], _ limit: Int) -> [[String]] {
        var line = FairLine<String>()
        for word in words {
            line.add(word, of: Int64(word.utf8.first ?? 0), weight: Int(word.dropFirst()) ?? 0)
        }
        var taken: [[String]] = []
        while !line.isEmpty { taken.append(line.take(limit)) }
        return taken
    }
}
