import Foundation
import Testing

@testable import Jobs

struct FaultPointTests {
    @Test(arguments: FaultPoint.allCases) func everyPointCanBeNamed(point: FaultPoint) throws {
        let order = try #require(FaultPoint.Order("\(point.rawValue):3"))
        #expect(order.point == point && order.pass == 3 && order.signal == SIGKILL)
        #expect(FaultPoint.Order(point.rawValue)?.pass == 1)
        #expect(FaultPoint.Order("\(point.rawValue):2:stop")?.signal == SIGSTOP)
    }

    @Test(arguments: [
        "", "after", "after-claim:", "after-claim:0", "after-claim:x", "after-claim:1:pause", "after-claim:1:stop:1",
    ])
    func whatNamesNoPointDoesNothing(text: String) {
        #expect(FaultPoint.Order(text) == nil)
    }
}
