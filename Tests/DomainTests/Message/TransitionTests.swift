import Domain
import Testing

struct TransitionTests {
    private static let reports: [MessageState] = [.sent, .failed, .undelivered, .delivered, .bounced, .complained]

    @Test(arguments: [
        (MessageState.unknown, [MessageState.sent, .failed, .undelivered, .delivered, .bounced, .complained]),
        (.sent, [.failed, .undelivered, .delivered, .bounced, .complained]),
        (.failed, [.undelivered, .delivered, .bounced, .complained]),
        (.undelivered, [.delivered, .bounced, .complained]),
        (.delivered, [.bounced, .complained]),
        (.bounced, [.complained]),
        (.complained, []),
        (.rejected, []), (.expired, []), (.cancelled, []),
    ])
    func aStateGivesWayToWhatStandsAboveItAlone(state: MessageState, next: [MessageState]) {
        for report in MessageState.allCases {
            #expect(Transition.next(from: state, report: report) == (next.contains(report) ? report : nil))
        }
    }

    /// All orders of up to four reports with repetitions, from every state.
    @Test func anyOrderAndRepetitionGivesTheSameEnd() {
        func end(_ start: MessageState, _ reports: [MessageState]) -> MessageState {
            reports.reduce(start) { Transition.next(from: $0, report: $1) ?? $0 }
        }
        for start in MessageState.allCases {
            for number in 0..<1296 {
                let reports = [1, 6, 36, 216].map { Self.reports[number / $0 % 6] }
                let expected = end(start, reports)
                #expect(end(start, reports.reversed()) == expected)
                #expect(end(start, reports.sorted { $0.rawValue > $1.rawValue }) == expected)
                #expect(end(start, reports + reports) == expected)
            }
        }
    }
}
