import Domain
import Foundation
import Senders

/// Messages through the SMPP provider to an SMSC on this machine: one session, a window of 100, four batches of 500 at
/// a time, as a worker has four shards in hand.
enum SMPPBench {
    private static let batchSize = 500
    private static let together = 4
    private static let rounds = 5

    static func run(port: String, count: String, connections: String) async throws -> String {
        guard let port = Int(port), let count = Int(count), let connections = Int(connections) else { throw Refused() }
        let config = try SMPPConfig(
            json: """
                {"host":"127.0.0.1","port":\(port),"internal":true,"system_id":"bench","password":"bench","window":100,
                "connections":\(connections)}
                """)
        let loop = try SMPPLoop()
        let provider = SMPPProvider(name: "bench", config: config, loop: loop)
        // Binds, and warms up.
        try await send(batchSize * together, provider)
        var rates: [Double] = []
        let before = cpuSeconds()
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try await send(count, provider)
            rates.append(Double(count) / start.duration(to: .now).seconds)
        }
        let cpu = (cpuSeconds() - before) / Double(count * rounds) * 1e6
        loop.stop()
        rates.sort()
        return
            "{\"messages\":\(count),\"per_second\":\(Int(rates[rounds / 2])),\"cpu_microseconds_per_message\":\(cpu)}"
    }

    private struct Refused: Error {}

    private static func send(_ count: Int, _ provider: SMPPProvider) async throws {
        let batch = batch()
        let rounds = max(1, count / batchSize / together)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<together {
                group.addTask {
                    for _ in 0..<rounds {
                        let outcomes = await provider.send(batch, witness: Granting())
                        guard outcomes.allSatisfy({ $0.kind == .sent }) else { throw Refused() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func batch() -> MessageBatch {
        var batch = MessageBatch(channel: .sms, category: .marketing, from: "Herald")
        func put(_ text: String) -> FieldRange {
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: text.utf8)
            return FieldRange(start: start, count: batch.bytes.count - start)
        }
        for index in 0..<batchSize {
            let text = "Dear Person \(index), your plan Family \(index % 90 + 10) GB was topped up. Thank you!"
            batch.messages.append(
                MessageBatch.Message(
                    id: MessageID(rawValue: Int64(index)), attempt: 1, region: .none, segments: 1,
                    to: put("+65\(80_000_000 + index)"), subject: .empty, text: put(text), rich: .empty))
        }
        return batch
    }

    private static func cpuSeconds() -> Double { Double(clock()) / 1e6 }

    /// The least that a witness can do.
    private struct Granting: CallWitness {
        func leave() -> CallLeave { .granted }
        func began() {}
        func ended(_ call: ProviderCall) {}
    }
}
