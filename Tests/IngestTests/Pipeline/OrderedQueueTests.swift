import Testing

@testable import Ingest

@Suite struct OrderedQueueTests {
    private struct Broken: Error {}

    @Test func givesBackTheOrder() async throws {
        let queue = OrderedQueue<Int>(window: 4, producers: 8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<8 {
                group.addTask {
                    for number in stride(from: producer, to: 400, by: 8) {
                        try await queue.put(number * 2, number: number)
                    }
                    await queue.producerIsDone()
                }
            }
            var taken: [Int] = []
            while let item = try await queue.take() { taken.append(item) }
            #expect(taken == (0..<400).map { $0 * 2 })
            try await group.waitForAll()
        }
    }

    @Test func aFailureReachesEverybody() async {
        let queue = OrderedQueue<Int>(window: 1, producers: 2)
        let waiting = Task { try await queue.put(5, number: 5) }
        let consumer = Task { try await queue.take() }
        await queue.fail(Broken())
        await #expect(throws: Broken.self) { try await waiting.value }
        await #expect(throws: Broken.self) { _ = try await consumer.value }
    }
}
