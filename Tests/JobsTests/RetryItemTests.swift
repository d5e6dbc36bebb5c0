import Domain
import Senders
import Testing

@testable import Jobs

struct RetryItemTests {
    @Test func itemsSurviveTheirNotation() {
        let items = [
            RetryItem(index: 0),
            RetryItem(
                index: 2047, position: RoutePosition(step: 3, tries: 6, throttles: 50, attempt: 60, isDoubted: true),
                provider: 4_000_000_000, channel: .inapp),
            RetryItem(index: 1025, provider: 7, channel: .sms, isAfterSilence: true),
            RetryItem(index: 256),
        ]
        #expect(RetryItem.decode(RetryItem.encode(items)) == items)
    }
}

struct WaitingMessagesTests {
    @Test(arguments: [0, 1, 99, 100, 777, 801, 5000, 59_999, 299_000])
    func aWaitIsNeverShortenedAndHardlyProlonged(milliseconds: Int64) {
        let rounded = WaitingMessages.rounded(.milliseconds(milliseconds)).wholeMilliseconds
        #expect(rounded >= milliseconds)
        #expect(rounded <= milliseconds + max(100, milliseconds / 4))
    }
}
