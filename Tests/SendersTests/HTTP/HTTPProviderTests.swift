import Domain
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Senders

/// The provider against far ends that misbehave below HTTP.
@Suite struct HTTPProviderTests {
    /// Sends to one recipient after another, one request at a time, and stops the loop.
    static func send(
        _ url: String, _ settings: String = "", to recipients: [String] = ["+6591234567"],
        mayStillSend: @escaping @Sendable () -> Bool = { true }
    ) async throws -> [Outcome] {
        let config = try HTTPProviderConfig(
            json:
                #"{"internal":true,"url":"\#(url)","json":{"to":"{{to}}"},"concurrency":1,"reference":"reference"\#(settings)\#(Patience.http(besides: settings))}"#
        )
        let loop = try CurlLoop()
        let provider = HTTPProvider(name: "http", config: config, loop: loop)
        let outcomes = await provider.send(testBatch(to: recipients), mayStillSend: mayStillSend)
        loop.stop()
        return outcomes
    }

    static func isInDoubt(_ outcome: Outcome) -> Bool { if case .inDoubt = outcome { true } else { false } }
    static func isNotSent(_ outcome: Outcome) -> Bool { if case .notSent = outcome { true } else { false } }

    @Test func requestOnTheWire() async throws {
        let seen = Mutex("")
        let server = try RawServer { connection in
            while let request = connection.request() {
                seen.withLock { $0 = request }
                connection.answer(#"{"reference":"r1"}"#)
            }
        }
        let outcomes = try await Self.send(
            "http://127.0.0.1:\(server.port)/v1/send?key={{id}}", #","headers":{"Authorization":"Bearer abc"}"#)
        server.stop()
        #expect(outcomes == [.sent(reference: "r1", cost: nil)])
        let request = seen.withLock { $0 }
        #expect(request.hasPrefix("POST /v1/send?key=1000 HTTP/1.1\r\n"))
        #expect(request.contains("Authorization:Bearer abc\r\n") || request.contains("Authorization: Bearer abc\r\n"))
        #expect(request.contains("Idempotency-Key") && request.contains("1000-herald\r\n"))
        #expect(!request.contains("Expect"))
        #expect(request.hasSuffix("\r\n\r\n{\"to\":\"+6591234567\"}"))
    }

    @Test func aTraceIsToldAsItCame() async throws {
        let seen = Mutex<[String]>([])
        let server = try RawServer { connection in
            while let request = connection.request() {
                seen.withLock { $0.append(request) }
                connection.answer(#"{"reference":"r1"}"#)
            }
        }
        let config = try HTTPProviderConfig(
            json: #"{"internal":true,"url":"http://127.0.0.1:\#(server.port)/","json":{"to":"{{to}}"},"concurrency":1}"#
        )
        let loop = try CurlLoop()
        let provider = HTTPProvider(name: "http", config: config, loop: loop)
        var batch = testBatch(to: ["+6591234567"])
        _ = await provider.send(batch, mayStillSend: { true })
        batch.trace = TraceParent(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736, span: 0xf0, flags: 1)
        _ = await provider.send(batch, mayStillSend: { true })
        loop.stop()
        server.stop()
        let requests = seen.withLock { $0 }
        try #require(requests.count == 2)
        #expect(!requests[0].lowercased().contains("traceparent"))
        #expect(requests[1].contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000f0-01\r\n"))
    }

    @Test func refusedConnectionIsNotSent() async throws {
        let port = HeldPort()
        let outcomes = try await Self.send("http://127.0.0.1:\(port.number)/", to: ["1", "2", "3"])
        #expect(outcomes.count == 3 && outcomes.allSatisfy(Self.isNotSent))
    }

    /// Somebody's settings must not lead into the network that Herald stands in.
    @Test(arguments: [
        "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "10.0.0.1", "169.254.169.254",
    ])
    func aPrivateAddressIsNotTalkedTo(host: String) async throws {
        let calls = Mutex(0)
        let server = try RawServer { connection in
            while connection.request() != nil { calls.withLock { $0 += 1 } }
        }
        defer { server.stop() }
        let config = try HTTPProviderConfig(json: #"{"url":"http://\#(host):\#(server.port)/","json":{}}"#)
        let loop = try CurlLoop()
        let outcomes = await HTTPProvider(name: "http", config: config, loop: loop).send(testBatch(to: ["1"])) { true }
        loop.stop()
        #expect(outcomes == [.notSent(reason: ProviderReason.privateAddress)])
        #expect(calls.withLock { $0 } == 0)
    }

    @Test func unknownHostIsNotSent() async throws {
        let outcomes = try await Self.send("http://no-such-host.invalid/", #","connect_timeout_ms":3000"#)
        #expect(outcomes.allSatisfy(Self.isNotSent))
    }

    @Test func plainTextWhereTLSIsWantedIsNotSent() async throws {
        let server = try RawServer { connection in connection.write("HTTP/1.1 200 OK\r\n\r\n") }
        let outcomes = try await Self.send("https://127.0.0.1:\(server.port)/")
        server.stop()
        #expect(outcomes.allSatisfy(Self.isNotSent))
    }

    @Test func noHandshakeInTimeIsNotSent() async throws {
        // Takes the connection and says nothing, so that TLS never begins.
        let server = try RawServer { connection in while connection.request() != nil {} }
        let outcomes = try await Self.send("https://127.0.0.1:\(server.port)/", #","connect_timeout_ms":100"#)
        server.stop()
        #expect(outcomes.allSatisfy(Self.isNotSent))
    }

    enum Break: CaseIterable { case closeAtOnce, reset, halfStatus, headersOnly, halfBody, badLength, garbage }

    @Test(arguments: Break.allCases) func brokenAnswersAreInDoubt(kind: Break) async throws {
        let calls = Mutex(0)
        let server = try RawServer { connection in
            guard connection.request() != nil else { return }
            calls.withLock { $0 += 1 }
            switch kind {
            case .closeAtOnce: break
            case .reset: connection.armReset()
            case .halfStatus: connection.write("HTTP/1.1 20")
            case .headersOnly: connection.write("HTTP/1.1 200 OK\r\nContent-Len")
            case .halfBody: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"refer")
            case .badLength: connection.write("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n")
            case .garbage: connection.write("what is this\r\n\r\n")
            }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/")
        server.stop()
        #expect(outcomes.count == 1 && outcomes.allSatisfy(Self.isInDoubt), "\(outcomes)")
        #expect(calls.withLock { $0 } == 1)
    }

    /// libcurl would send a request again by itself when a connection that it used before breaks: the
    /// far end may have taken the first, so only the owner of the message may decide that.
    @Test(arguments: [true, false]) func brokenReusedConnectionSendsOnce(byReset: Bool) async throws {
        let calls = Mutex<[String]>([])
        let server = try RawServer { connection in
            guard let first = connection.request() else { return }
            calls.withLock { $0.append(first) }
            connection.answer(#"{"reference":"r1"}"#)
            guard let second = connection.request() else { return }
            calls.withLock { $0.append(second) }
            if byReset { connection.armReset() }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/", to: ["1", "2", "3"])
        server.stop()
        #expect(outcomes[0] == .sent(reference: "r1", cost: nil))
        #expect(Self.isInDoubt(outcomes[1]))
        #expect(outcomes[2] == .sent(reference: "r1", cost: nil))
        let recipients = calls.withLock { $0.map { $0.suffix(3).first.map(String.init) ?? "" } }
        #expect(recipients == ["1", "2", "3"])
    }

    /// A server may close an idle connection at any time: the next request goes out on a new one.
    @Test func closedIdleConnectionCostsNothing() async throws {
        let server = try RawServer { connection in
            guard connection.request() != nil else { return }
            connection.answer(#"{"reference":"r"}"#, headers: "Connection: close\r\n")
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/", to: ["1", "2", "3", "4"])
        server.stop()
        #expect(outcomes == Array(repeating: .sent(reference: "r", cost: nil), count: 4))
    }

    @Test func silenceAfterTheRequestIsInDoubt() async throws {
        let server = try RawServer { connection in while connection.request() != nil {} }
        for setting in ["first_byte_timeout_ms", "timeout_ms"] {
            let outcomes = try await withGrowingTimeOut(from: 100, until: { $0.allSatisfy(Self.isInDoubt) }) {
                try await Self.send("http://127.0.0.1:\(server.port)/", #","\#(setting)":\#($0)"#)
            }
            #expect(outcomes == [.inDoubt(reason: "no answer in time")])
        }
        server.stop()
    }

    /// When all that is under way times out at once, what waits behind it must still get its turn.
    @Test func silenceDoesNotStopTheRestOfTheBatch() async throws {
        let server = try RawServer { connection in while connection.request() != nil {} }
        let outcomes = try await withGrowingTimeOut(from: 60, until: { $0.allSatisfy(Self.isInDoubt) }) { timeOut in
            let config = try HTTPProviderConfig(
                json: #"""
                    {"internal":true,"url":"http://127.0.0.1:\#(server.port)/","json":{},"concurrency":2,
                    "first_byte_timeout_ms":\#(timeOut)}
                    """#)
            let loop = try CurlLoop()
            // Without its turn the rest would come back as not sent, once the loop is stopped.
            let watch = Task.detached {
                try await Task.sleep(for: .seconds(20) + .milliseconds(3 * timeOut))
                loop.stop()
            }
            let outcomes = await HTTPProvider(name: "http", config: config, loop: loop)
                .send(testBatch(to: ["1", "2", "3", "4", "5"])) { true }
            watch.cancel()
            loop.stop()
            return outcomes
        }
        server.stop()
        #expect(outcomes.count == 5 && outcomes.allSatisfy(Self.isInDoubt))
    }

    @Test func slowBodyEndsAtTheTotalTimeout() async throws {
        let server = try RawServer { connection in
            guard connection.request() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            while connection.request() != nil {}
        }
        let outcomes = try await withGrowingTimeOut(from: 300, until: { $0.allSatisfy(Self.isInDoubt) }) {
            try await Self.send(
                "http://127.0.0.1:\(server.port)/", #","first_byte_timeout_ms":\#($0 / 2),"timeout_ms":\#($0)"#)
        }
        server.stop()
        #expect(outcomes == [.inDoubt(reason: "no answer in time")])
    }

    @Test(arguments: ["5", "Fri, 31 Dec 1999 23:59:59 GMT", "soon", "-3"])
    func retryAfter(header: String) async throws {
        let server = try RawServer { connection in
            while connection.request() != nil {
                connection.answer(status: 429, "", headers: "Retry-After: \(header)\r\n")
            }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/")
        server.stop()
        #expect(outcomes == [.throttled(after: .seconds(header == "5" ? 5 : 1))])
    }

    @Test func retryAfterAsADate() async throws {
        let server = try RawServer { connection in
            var then = time(nil) + 1000
            var parts = tm()
            gmtime_r(&then, &parts)
            var text = Array(repeating: CChar(0), count: 64)
            strftime(&text, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            let date = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            while connection.request() != nil {
                connection.answer(status: 503, "", headers: "Retry-After: \(date)\r\n")
            }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/", #","throttled":[{"status":503}]"#)
        server.stop()
        guard case .throttled(let wait) = outcomes[0] else { Issue.record("\(outcomes)"); return }
        #expect(wait >= .seconds(500) && wait <= .seconds(1000))
    }

    @Test func redirectIsNotFollowed() async throws {
        let calls = Mutex(0)
        let server = try RawServer { connection in
            while connection.request() != nil {
                calls.withLock { $0 += 1 }
                connection.answer(status: 302, "", headers: "Location: /elsewhere\r\n")
            }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/")
        server.stop()
        #expect(outcomes == [.temporary(reason: "redirected with 302: set the url to the final place")])
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func oversizeReplyIsCut() async throws {
        let server = try RawServer { connection in
            while connection.request() != nil {
                connection.answer(#"{"reference":""# + String(repeating: "x", count: 5000))
            }
        }
        let url = "http://127.0.0.1:\(server.port)/"
        let outcomes = try await Self.send(url, #","max_reply_bytes":1000"#, to: ["1", "2"])
        server.stop()
        #expect(outcomes == Array(repeating: .inDoubt(reason: "answered 200 without a reference"), count: 2))
    }

    @Test func endedLeaseStopsTheRest() async throws {
        let calls = Mutex(0)
        let server = try RawServer { connection in
            while connection.request() != nil {
                calls.withLock { $0 += 1 }
                connection.answer(#"{"reference":"r"}"#)
            }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/", to: Array(repeating: "1", count: 20)) {
            calls.withLock { $0 } < 5
        }
        server.stop()
        #expect(outcomes.prefix(5).allSatisfy { $0 == .sent(reference: "r", cost: nil) })
        #expect(outcomes.dropFirst(5).allSatisfy { $0 == .notSent(reason: ProviderReason.leaseOver) })
        #expect(calls.withLock { $0 } == 5)
    }

    /// The lease is asked again when the connection stands, just before the first byte.
    @Test func leaseEndsWhileConnecting() async throws {
        let asked = Mutex(0)
        let calls = Mutex(0)
        let server = try RawServer { connection in
            while connection.request() != nil { calls.withLock { $0 += 1 } }
        }
        let outcomes = try await Self.send("http://127.0.0.1:\(server.port)/") {
            asked.withLock { asked in
                asked += 1
                return asked == 1
            }
        }
        server.stop()
        #expect(outcomes == [.notSent(reason: ProviderReason.leaseOver)])
        #expect(asked.withLock { $0 } == 2 && calls.withLock { $0 } == 0)
    }

    @Test func stopEndsWhatIsUnderWay() async throws {
        let config = try HTTPProviderConfig(json: #"{"internal":true,"url":"http://127.0.0.1:1/","json":{}}"#)
        let loop = try CurlLoop()
        let arrived = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            while connection.request() != nil { arrived.continuation.yield() }
        }
        let waiting = try HTTPProviderConfig(
            json: #"{"internal":true,"url":"http://127.0.0.1:\#(server.port)/","json":{},"concurrency":1}"#)
        let provider = HTTPProvider(name: "http", config: waiting, loop: loop)
        async let outcomes = provider.send(testBatch(to: ["1", "2"])) { true }
        for await _ in arrived.stream { break }
        loop.stop()
        #expect(
            await outcomes == [
                .inDoubt(reason: ProviderReason.senderStopped), .notSent(reason: ProviderReason.senderStopped),
            ])
        let late = await HTTPProvider(name: "late", config: config, loop: loop).send(testBatch(to: ["1"])) { true }
        #expect(late == [.notSent(reason: ProviderReason.senderStopped)])
        server.stop()
    }

    /// A provider that goes says so to the loop: the loop must not sleep over the stop that follows.
    @Test func stopRightAfterAProviderIsGone() async throws {
        let config = try HTTPProviderConfig(json: #"{"internal":true,"url":"http://127.0.0.1:1/","json":{}}"#)
        for _ in 0..<50 {
            let loop = try CurlLoop()
            _ = HTTPProvider(name: "http", config: config, loop: loop)
            loop.stop()
        }
    }

    @Test func manyBatchesAtOnceKeepTheirOrder() async throws {
        let server = try RawServer { connection in
            while let request = connection.request() {
                let recipient = request.split(separator: "\"").last { $0 != "}" } ?? ""
                connection.answer(#"{"reference":"r\#(recipient)"}"#)
            }
        }
        let config = try HTTPProviderConfig(
            json: #"""
                {"internal":true,"url":"http://127.0.0.1:\#(server.port)/","json":{"to":"{{to}}"},"reference":"reference","concurrency":8}
                """#)
        var limits = CurlLoop.Limits()
        limits.inFlight = 16
        limits.connectionsPerHost = 12
        let loop = try CurlLoop(limits: limits)
        let provider = HTTPProvider(name: "http", config: config, loop: loop)
        await withTaskGroup(of: Void.self) { group in
            for batch in 0..<6 {
                group.addTask {
                    let recipients = (0..<100).map { "\(batch)x\($0)" }
                    let outcomes = await provider.send(testBatch(to: recipients)) { true }
                    #expect(outcomes == recipients.map { .sent(reference: "r\($0)", cost: nil) })
                }
            }
        }
        loop.stop()
        server.stop()
    }
}
