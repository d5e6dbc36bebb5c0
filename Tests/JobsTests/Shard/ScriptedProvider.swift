import Domain
import Senders
import Synchronization

/// A provider that answers as it is told, and remembers what it was asked.
final class ScriptedProvider: Provider {
    struct Call: Sendable, Hashable {
        let index: Int
        let attempt: Int
    }

    let name: String
    private let seen = Mutex<[Call]>([])
    private let written = Mutex<[(to: String, text: String)]>([])
    private let sent = Mutex(0)
    private let arrival: @Sendable (Int) async -> Void
    private let answer: @Sendable (Call) -> Outcome

    /// `arrival` is awaited before each batch, with the number of calls before it.
    init(
        _ name: String, arrival: @escaping @Sendable (Int) async -> Void = { _ in },
        answer: @escaping @Sendable (Call) -> Outcome
    ) {
        self.name = name
        self.arrival = arrival
        self.answer = answer
    }

    var calls: [Call] { seen.withLock { $0 } }
    /// How often it was handed something.
    var batches: Int { sent.withLock { $0 } }
    var addresses: [String] { written.withLock { $0.map(\.to) } }
    var texts: [String] { written.withLock { $0.map(\.text) } }
    var indexes: [Int] { calls.map(\.index) }
    /// The address under which each was asked for last.
    var addressOf: [Int: String] { Dictionary(zip(indexes, addresses)) { $1 } }

    func send(_ batch: borrowing MessageBatch, witness: any CallWitness) async -> [Outcome] {
        let calls = batch.messages.map { Call(index: $0.id.index, attempt: Int($0.attempt)) }
        sent.withLock { $0 += 1 }
        let texts = batch.messages.map { message in
            (
                to: String(decoding: batch.bytes[message.to.range], as: UTF8.self),
                text: String(decoding: batch.bytes[message.text.range], as: UTF8.self)
            )
        }
        await arrival(seen.withLock { $0.count })
        return calls.enumerated().map { place, call in
            witness.began()
            let leave = witness.leave()
            if leave == .granted {
                seen.withLock { $0.append(call) }
                written.withLock { $0.append(texts[place]) }
            }
            let outcome = leave == .granted ? answer(call) : .notSent(reason: leave.reason)
            witness.ended(
                ProviderCall(
                    places: place..<place + 1, startedAt: .now, duration: .milliseconds(1),
                    status: [.inDoubt, .notSent].contains(outcome.kind) ? 0 : 200, kind: outcome.kind))
            return outcome
        }
    }

    static func accept(_ call: Call) -> Outcome { .sent(reference: "r\(call.index)", cost: nil) }
}
