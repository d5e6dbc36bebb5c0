import Domain
import TestSupport
import Testing

@testable import Senders

extension AdapterContract {
    func checkSettings() {
        #expect(throws: ConfigError.self, "a misspelt setting") {
            try ProviderCatalogue.check(kind: kind, settings: json("https://example.com", #""no_such_setting":1"#))
        }
        #expect(throws: ConfigError.self, "a place with a line end") {
            try ProviderCatalogue.check(kind: kind, settings: json(#"https://example.com/\r\nX-Injected: 1"#))
        }
        #expect(throws: ConfigError.self, "no settings at all") {
            try ProviderCatalogue.check(kind: kind, settings: "{}")
        }
    }

    func checkReplies() async throws {
        let shown = Set(replies.flatMap { $0.outcomes.map(\.kind) })
        #expect(shown.isSuperset(of: [.sent, .throttled, .temporary, .permanent, .inDoubt]), "\(shown)")
        for reply in replies {
            let found = try await exchange(reply)
            #expect(found.outcomes == reply.outcomes, "\(reply.name)")
            for case .permanent(let reason) in found.outcomes { checkReason(reason, reply.name) }
            for case .temporary(let reason) in found.outcomes { checkReason(reason, reply.name) }
        }
    }

    /// A reason begins with one of the words, names the vendor's code, and holds nobody's number.
    private func checkReason(_ reason: String, _ name: String) {
        let words = [
            ProviderReason.invalidRecipient, ProviderReason.unregistered, ProviderReason.optedOut,
            ProviderReason.contentRefused, ProviderReason.senderRefused, ProviderReason.accountRefused,
            ProviderReason.routeRefused, ProviderReason.tooLarge, ProviderReason.rateLimited,
            ProviderReason.providerBusy, ProviderReason.providerError, ProviderReason.timeOut,
            ProviderReason.noConnection, ProviderReason.unclearReply,
        ]
        #expect(words.contains(String(ProviderReason.word(of: reason))), "\(name): \(reason)")
        #expect(reason.contains("(") && !reason.contains("91234567"), "\(name): \(reason)")
    }

    /// What a status means where the body says nothing.
    func checkStatuses() async throws {
        for (status, kind) in [
            (401, Outcome.Kind.temporary), (402, .temporary), (403, .temporary), (429, .throttled),
            (500, .inDoubt), (502, .inDoubt), (503, .temporary), (504, .inDoubt), (302, .temporary),
        ] where !ownStatuses.contains(status) {
            let found = try await exchange { $0.answer(status: status, "<html>no</html>") }
            #expect(found.outcomes.allSatisfy { $0.kind == kind }, "\(status): \(found.outcomes)")
            #expect(found.outcomes.count == batch.messages.count)
        }
        guard !ownStatuses.contains(429) else { return }
        let limited = try await exchange { $0.answer(status: 429, "{}", headers: "Retry-After: 7\r\n") }
        #expect(limited.outcomes.allSatisfy { $0 == .throttled(after: .seconds(7)) }, "\(limited.outcomes)")
    }

    /// What arrives instead of the vendor's answer, where the vendor may have taken the message.
    func checkOddReplies() async throws {
        guard let accepted = replies.first(where: { $0.outcomes.contains { $0.kind == .sent } }) else { return }
        let status = accepted.status
        var odd: [(String, @Sendable (RawConnection) -> Void)] = [
            ("nested deep", { $0.answer(status: status, String(repeating: "[", count: 60_000)) }),
            ("a web page", { $0.answer(status: status, "<html><body>Welcome</body></html>") }),
            ("no UTF-8", { $0.write("HTTP/1.1 \(status) X\r\nContent-Length: 3\r\n\r\n{\"\u{0}") }),
            (
                "closed early",
                {
                    $0.write("HTTP/1.1 \(status) X\r\nContent-Length: 9999\r\n\r\n{"); $0.hangUp()
                }
            ),
            (
                "reset",
                {
                    $0.armReset(); $0.hangUp()
                }
            ),
            (
                "endless",
                { connection in
                    connection.write("HTTP/1.1 \(status) X\r\nContent-Length: 1073741824\r\n\r\n")
                    let piece = String(repeating: "a", count: 64 << 10)
                    for _ in 0..<(16 << 10) where !connection.writes(piece) { break }
                }
            ),
        ]
        if let first = accepted.body.first, "{[<".contains(first) {
            let half = String(accepted.body.prefix(accepted.body.count * 2 / 3))
            odd.append(("cut in the middle", { $0.answer(status: status, half) }))
        }
        if !acceptsSilence {
            odd.append(("empty", { $0.answer(status: status, "") }))
            odd.append(("an empty object", { $0.answer(status: status, "{}") }))
            odd.append(("a list", { $0.answer(status: status, "[]") }))
            odd.append(("nulls", { $0.answer(status: status, #"{"id":null,"sid":null,"messages":[null]}"#) }))
        }
        for (name, answer) in odd {
            let found = try await exchange(accepted.batch, answer)
            let worst = found.outcomes.map(\.kind)
            let isBodyOnly = !["closed early", "reset"].contains(name)
            if acceptsSilence, isBodyOnly { continue }
            #expect(worst.allSatisfy { $0 == .inDoubt }, "\(name): \(found.outcomes)")
        }
    }
}
