import Domain
import Testing

struct MarksTests {
    @Test func whatLiesBehindTheEndIsNotMarked() {
        var marks = [UInt8](repeating: 0, count: 2)
        for place in [0, 7, 8, 15] { marks.mark(place) }
        #expect((0..<40).filter { marks.isMarked($0) } == [0, 7, 8, 15])
        #expect(![UInt8]().isMarked(0))
    }
}
