import Domain
import Foundation
import Senders
import Synchronization

/// Mail through one provider to a server on this machine, in windows of 500 messages from four shards at a time, as the
/// pipeline sends them. `smtp-source -d` with as many sessions is what it is held against.
enum SMTPBench {
    private static let shards = 4
    private static let window = 500

    static func run(_ words: [String]) async throws -> String {
        guard let port = Int(words[0]), let count = Int(words[1]), let connections = Int(words[2]) else {
            throw Usage()
        }
        let keys = try words.dropFirst(3).map { path in
            let pem = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            return ["domain": "acme.example", "selector": "s1", "key": .string(pem)] as JSON
        }
        let settings: JSON = [
            "host": "127.0.0.1", "port": .int(Int64(port)), "security": "none", "internal": true,
            "from": "Acme <news@acme.example>", "connections": .int(Int64(connections)), "dkim": .array(keys),
        ]
        let loop = try SMTPLoop()
        let provider = SMTPProvider(name: "smtp", config: try SMTPConfig(json: settings.text), loop: loop)
        let left = Left(count)
        let start = ContinuousClock.now
        let sent = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<shards { group.addTask { await shard(of: left, through: provider) } }
            return await group.reduce(0, +)
        }
        let elapsed = start.duration(to: .now)
        loop.stop()
        return "{\"messages\":\(count),\"sent\":\(sent),\"per_second\":\(Int(Double(count) / elapsed.seconds))}"
    }

    /// Sends windows as long as there are any, and says how many messages were taken.
    private static func shard(of left: Left, through provider: SMTPProvider) async -> Int {
        var sent = 0
        while true {
            let size = left.take(window)
            guard size > 0 else { return sent }
            let outcomes = await provider.send(batch(of: size), witness: Permissive())
            sent += outcomes.count { $0.kind == .sent }
        }
    }

    /// What the shards have still to send.
    private final class Left: Sendable {
        private let count: Mutex<Int>

        init(_ count: Int) { self.count = Mutex(count) }

        func take(_ most: Int) -> Int {
            count.withLock { count in
                let taken = min(count, most)
                count -= taken
                return taken
            }
        }
    }

    private static func batch(of size: Int) -> MessageBatch {
        var batch = MessageBatch(channel: .email, category: .transactional)
        func put(_ text: String) -> FieldRange {
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: text.utf8)
            return FieldRange(start: start, count: batch.bytes.count - start)
        }
        let subject = put("Your statement is ready")
        let text = put(String(repeating: "This line is fifty bytes long, its end included.\r\n", count: 20))
        for index in 0..<size {
            batch.messages.append(
                MessageBatch.Message(
                    id: MessageID(rawValue: Int64(index)), attempt: 1, region: .none, segments: 1,
                    to: put("user\(index)@customer.example"), subject: subject, text: text, rich: .empty))
        }
        return batch
    }

    private struct Usage: Error, CustomStringConvertible {
        let description = "the port, the number of messages and the number of connections must be numbers"
    }

    private struct Permissive: CallWitness {
        func leave() -> CallLeave { .granted }
        func began() {}
        func ended(_ call: ProviderCall) {}
    }
}
