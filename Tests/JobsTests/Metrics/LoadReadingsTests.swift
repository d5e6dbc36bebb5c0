import Domain
import Metrics
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Jobs

@Suite struct LoadReadingsTests {
    private struct Away: Error {}

    private static func page(_ registry: MetricsRegistry) async -> String {
        String(decoding: await registry.page(), as: UTF8.self)
    }

    @Test func theDatabaseIsAskedOnceForManyPages() async {
        let asked = Mutex(0)
        let registry = MetricsRegistry()
        LoadReadings {
            asked.withLock { $0 += 1 }
            return [.init(name: "waiting_shards", label: "0"): 7, .init(name: "waiting_age", label: "1"): 1_500_000]
        }.register(in: registry)
        let page = await Self.page(registry)
        #expect(page.contains("herald_waiting_shards{lane=\"bulk\"} 7\n") && page.contains("herald_database_up 1\n"))
        #expect(page.contains("herald_oldest_waiting_seconds{lane=\"fast\"} 1.5\n"))
        #expect(page.contains("herald_campaigns{state=\"held\"} 0\n"))
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func withoutTheDatabaseThereAreNoNumbers() async {
        let registry = MetricsRegistry()
        LoadReadings { throw Away() }.register(in: registry)
        let page = await Self.page(registry)
        #expect(page.contains("herald_database_up 0\n") && !page.contains("herald_waiting_shards{"))
    }

    @Test func aDatabaseThatHangsHoldsUpNoPage() async {
        let registry = MetricsRegistry()
        let (answer, gate) = AsyncStream<Void>.makeStream()
        LoadReadings {
            for await _ in answer { break }
            return [:]
        }.register(in: registry)
        let page = await Self.page(registry)
        #expect(page.contains("herald_database_up 0\n"))
        gate.finish()
    }
}
