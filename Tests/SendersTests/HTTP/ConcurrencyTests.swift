import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// How many requests a provider gets at a time, and what becomes of those that wait for their turn.
@Suite struct ConcurrencyTests {
    private struct Load {
        var current = 0
        var peak = 0
        var calls = 0
    }

    private static let connectTimeout = 4_000

    /// Every round of answers takes longer than a connection may: whoever let the clock run while a message waits for
    /// its place would lose it.
    @Test(arguments: [
        (concurrency: 3, connections: 4, providers: 1, peak: 3), (16, 4, 1, 4), (3, 4, 2, 4), (1, 4, 2, 2),
    ])
    func waitingForAPlaceIsNoTimeout(concurrency: Int, connections: Int, providers: Int, peak: Int) async throws {
        let load = Mutex(Load())
        let server = try RawServer { connection in
            while connection.request() != nil {
                let number = load.withLock {
                    $0.current += 1
                    $0.calls += 1
                    $0.peak = max($0.peak, $0.current)
                    return $0.calls
                }
                // As many as may be under way come together, however slow the machine is.
                let round = (number + peak - 1) / peak * peak
                for _ in 0..<12_000 where load.withLock({ $0.calls }) < round { usleep(5_000) }
                // The far end's own time, which is what this is about.
                usleep(UInt32(Self.connectTimeout + 500) * 1_000)
                load.withLock { $0.current -= 1 }
                connection.answer(#"{"reference":"r"}"#)
            }
        }
        var limits = CurlLoop.Limits()
        limits.connectionsPerHost = connections
        let loop = try CurlLoop(limits: limits)
        let senders = try (0..<providers).map { number in
            let settings = #""concurrency":\#(concurrency),"connect_timeout_ms":\#(Self.connectTimeout)"#
            let config = try HTTPProviderConfig(
                json: #"""
                    {"internal":true,"url":"http://127.0.0.1:\#(server.port)/\#(number)","json":{},"reference":"reference",
                    \#(settings)\#(Patience.http(besides: settings))}
                    """#)
            return HTTPProvider(name: "http", config: config, loop: loop)
        }
        await withTaskGroup(of: Void.self) { group in
            for batch in 0..<2 {
                let sender = senders[batch % providers]
                group.addTask {
                    let outcomes = await sender.send(testBatch(to: (0..<peak).map(String.init))) { true }
                    #expect(outcomes == Array(repeating: .sent(reference: "r", cost: nil), count: peak))
                }
            }
        }
        loop.stop()
        server.stop()
        #expect(load.withLock { $0.peak } == peak)
        #expect(load.withLock { $0.calls } == 2 * peak)
    }
}
