import Domain
import TestSupport
import Testing

@testable import Senders

extension AdapterContract {
    static let hostileText = "a\r\nX-Injected: 1\r\n\r\n\u{0}\"'\\&=<>{}%00é€😀"

    /// The same batch with a text, a subject and a sender that want to break out of where they are put.
    var hostileBatch: MessageBatch {
        var hostile = batch
        func put(_ text: String) -> FieldRange {
            let start = hostile.bytes.count
            hostile.bytes += Array(text.utf8)
            return FieldRange(start: start, count: hostile.bytes.count - start)
        }
        for place in hostile.messages.indices {
            hostile.messages[place].text = put(Self.hostileText)
            if !hostile.messages[place].subject.isEmpty { hostile.messages[place].subject = put(Self.hostileText) }
        }
        hostile.from = "H\r\nX-Injected: 1\r\n\u{0}"
        return hostile
    }

    func checkHostileMessage() async throws {
        guard let accepted = replies.first(where: { $0.outcomes.contains { $0.kind == .sent } }) else { return }
        let plain = try await exchange(accepted).requests
        let hostile = try await exchange(hostileBatch) {
            $0.answer(status: accepted.status, accepted.body, headers: accepted.headers)
        }.requests
        // One that is refused before it is sent is as good.
        #expect(hostile.count <= plain.count)
        for request in hostile {
            let (head, body) = Self.parts(request)
            #expect(!head.contains("X-Injected:"), "\(head)")
            #expect(!head.contains("\u{0}"))
            #expect(headerNames(request) == plain.first.map(headerNames))
            if head.lowercased().contains("content-type: application/json") {
                #expect(throws: Never.self, "a body that is no JSON") { _ = try JSON.parse(body) }
            }
        }
        // Servers and proxies log paths.
        for request in plain where !recipientStandsInPath {
            let path = request.split(separator: " ").dropFirst().first?.prefix { $0 != "?" } ?? ""
            for message in batch.messages {
                let to = String(decoding: batch.bytes[message.to.range], as: UTF8.self).drop { $0 == "+" }
                #expect(!path.contains(to), "the recipient stands in the path \(path)")
            }
        }
    }

    static func parts(_ request: String) -> (head: String, body: String) {
        let bytes = Array(request.utf8)
        let end = bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) } ?? bytes.count
        return (
            String(decoding: bytes[..<end], as: UTF8.self), String(decoding: bytes[end...].dropFirst(4), as: UTF8.self)
        )
    }

    private func headerNames(_ request: String) -> [String] {
        request.split(separator: "\r\n", omittingEmptySubsequences: false).dropFirst().prefix { !$0.isEmpty }
            .map { $0.prefix { $0 != ":" }.lowercased() }.sorted()
    }

    /// Without leave or without a connection no byte goes out, and the outcome says so.
    func checkNothingSent() async throws {
        let forbidden = try await exchange(witness: TestWitness { false }) { $0.answer("{}") }
        #expect(forbidden.requests.isEmpty)
        #expect(forbidden.outcomes.allSatisfy { $0 == .notSent(reason: ProviderReason.leaseOver) })
        #expect(forbidden.outcomes.count == batch.messages.count)
        let witness = TestWitness()
        let answered = try await exchange(witness: witness) { $0.answer(status: 503, "") }
        // A token that was fetched or signed is a call without messages.
        let calls = witness.calls.filter { !$0.places.isEmpty }
        #expect(calls.count == answered.requests.count && witness.begun == witness.calls.count)
        #expect(witness.calls.map(\.places).reduce(into: 0) { $0 += $1.count } == batch.messages.count)
    }

    func checkReceipts() throws {
        guard !receipts.isEmpty else { return }
        let reader = try #require(
            try ProviderCatalogue.callbacks(kind: kind, settings: json("https://vendor.example")))
        for receipt in receipts {
            #expect(reader.verify(receipt.callback, now: receipt.now) == receipt.verdict, "\(receipt.name)")
            guard receipt.verdict == .genuine else { continue }
            let events = try reader.events(receipt.callback)
            #expect(events == receipt.events, "\(receipt.name)")
            if receipt.isSigned {
                for forged in Self.forgeries(of: receipt.callback) {
                    let verdict = reader.verify(forged, now: receipt.now)
                    #expect(verdict != .genuine, "\(receipt.name) was changed unnoticed")
                }
            }
            // Whatever the body holds, the answer is events or an error.
            for body in Self.brokenBodies(of: receipt.callback.body) {
                var broken = receipt.callback
                broken.body = body
                _ = reader.verify(broken, now: receipt.now)
                _ = try? reader.events(broken)
            }
        }
    }

    private static func forgeries(of callback: ProviderCallback) -> [ProviderCallback] {
        var altered = callback
        if altered.body.isEmpty { altered.url += "&x=1" } else { altered.body[altered.body.count / 2] ^= 1 }
        var bare = callback
        bare.headers = []
        bare.url = String(callback.url.prefix { $0 != "?" })
        return callback.headers.isEmpty && callback.url == bare.url ? [altered] : [altered, bare]
    }

    private static func brokenBodies(of body: [UInt8]) -> [[UInt8]] {
        [
            [], Array(body.prefix(body.count / 2)), Array(repeating: UInt8(ascii: "["), count: 100_000),
            Array(repeating: UInt8(ascii: "{"), count: 100_000), [0xFF, 0xFE, 0x00], Array("null".utf8),
            Array("1".utf8),
            Array("[null]".utf8), Array("[[],{},1]".utf8), Array("%".utf8), Array("a=%2".utf8),
        ]
    }
}
