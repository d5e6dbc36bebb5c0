import Domain
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Senders

@Suite struct KannelAdapterTests {
    static let contract = AdapterContract(
        kind: "kannel",
        settings: #""username":"u","password":"p&","callback_url":"https://herald.example/cb","callback_secret":"s""#,
        codes: KannelAdapter.codes,
        replies: [
            ReplyCase("accepted", 202, "0: Accepted for delivery", .sent(reference: "1000", cost: nil)),
            ReplyCase("queued", 202, "3: Queued for later delivery", .sent(reference: "1000", cost: nil)),
            ReplyCase("full", 503, "Temporal failure, try again later.", .throttled(after: .seconds(1))),
            ReplyCase(
                "wrong password", 403, "Authorization failed for sendsms",
                .temporary(reason: "account_refused (kannel Authorization failed)")),
            ReplyCase(
                "no route", 403, "Not routable. Do not try again.",
                .permanent(reason: "route_refused (kannel Not routable)")),
            ReplyCase(
                "no receiver", 400, "Missing receiver number, rejected",
                .permanent(reason: "invalid_recipient (kannel Missing receiver)")),
            ReplyCase("a page in between", 202, "Welcome", .inDoubt(reason: "unclear_reply (kannel 202)")),
        ],
        receipts: [
            receipt("delivered", "&d=1&t=1700000000&a=id%3A1+stat%3ADELIVRD+err%3A000+text%3AHello", .delivered, ""),
            receipt(
                "not delivered", "&d=2&t=1700000000&a=id%3A1+stat%3AUNDELIV+err%3A00b+text%3AHello", .undelivered,
                "provider_error (kannel 00b)"),
            receipt(
                "refused", "&d=16&t=1700000000&a=NACK%2F11%2FInvalid+Destination+Address", .failed,
                "provider_error (kannel 11)"),
            receipt("buffered", "&d=4&t=1700000000&a=", .sent, ""),
        ])

    static func receipt(_ name: String, _ rest: String, _ state: ReceiptState, _ reason: String) -> ReceiptCase {
        ReceiptCase(
            name: name, callback: callback("m=1000&k=\(key("1000"))\(rest)"),
            events: [
                .status(
                    ReceiptStatus(
                        message: MessageID(rawValue: 1000), references: ["1000"], state: state, reason: reason,
                        at: VendorCallbacks.now))
            ],
            isSigned: false)
    }

    static func key(_ id: String) -> String { String(decoding: KannelSecret("s").key(for: id), as: UTF8.self) }

    static func callback(_ query: String) -> ProviderCallback {
        ProviderCallback(
            provider: "k", receivedAt: VendorCallbacks.now, kind: "kannel", contentType: "", body: [], method: "GET",
            url: "https://herald.example/cb?\(query)")
    }

    @Test func passesTheContract() async throws { try await Self.contract.check() }

    @Test func aReceiptNeedsTheKeyOfItsOwnMessage() {
        let reader = KannelCallbacks(secret: KannelSecret("s"))
        for (query, verdict) in [
            ("m=1000&k=\(Self.key("1000"))&d=1", CallbackVerdict.genuine),
            ("m=1001&k=\(Self.key("1000"))&d=1", .forged("wrong key")), ("m=1000&d=1", .forged("wrong key")),
            ("m=1000&key=s&d=1", .forged("wrong key")), ("key=s&from=1&to=2&text=STOP", .genuine),
            ("key=x&from=1&to=2&text=STOP", .forged("wrong key")), ("", .forged("wrong key")),
        ] {
            #expect(reader.verify(Self.callback(query), now: VendorCallbacks.now) == verdict, "\(query)")
        }
    }

    /// All of it with a real Kannel: what it answers, what its SMSC gets, and the receipt that it sends back.
    @Test func aRealKannelTakesDeliversAndReports() async throws {
        let kannel = try await KannelFixture()
        defer { kannel.stop() }
        let reports = Mutex<[String]>([])
        let receiver = try RawServer { connection in
            while let request = connection.request() {
                reports.withLock { $0.append(String(request.split(separator: " ")[1])) }
                connection.answer("")
            }
        }
        defer { receiver.stop() }
        let loops = try SenderLoops()
        defer { loops.stop() }
        func provider(_ password: String = "p&") throws -> any Provider {
            try ProviderCatalogue.make(
                kind: "kannel", name: "kannel",
                settings: """
                    {"base_url":"http://127.0.0.1:\(kannel.port)","internal":true,"username":"u",
                    "password":"\(password)","concurrency":1\(Patience.http()),
                    "callback_url":"http://127.0.0.1:\(receiver.port)/cb?x=100%25","callback_secret":"s"}
                    """,
                runtime: SenderRuntime(loops: loops))
        }
        // Without an SMSC Kannel keeps five messages and has no room for more.
        let waiting = try await provider().send(
            testBatch(to: ["+6591230001", "abc", ""], text: "Grüße & 100% €"), witness: TestWitness())
        #expect(
            waiting == [
                .sent(reference: "1000", cost: nil),
                .permanent(reason: "route_refused (kannel Number(s) has/have been denied)"),
                .permanent(reason: "invalid_recipient (kannel Empty receiver number not allowed)"),
            ])
        let unicode = try await provider().send(
            testBatch(to: ["+6591230002"], text: "Привет 😀"), witness: TestWitness())
        #expect(unicode.map(\.kind) == [.sent])
        let many = try await provider().send(
            testBatch(to: (0..<8).map { "+659123001\($0)" }), witness: TestWitness())
        #expect(Set(many.map(\.kind)) == [.sent, .throttled])
        let refused = try await provider("wrong").send(testBatch(to: ["+6591230003"]), witness: TestWitness())
        #expect(refused == [.temporary(reason: "account_refused (kannel Authorization failed)")])

        try kannel.connectSMSC()
        // It comes in pieces of any size, and the second is in UTF-16, big-endian.
        for line in [
            "<Herald +6591230001 text Grüße & 100% €>",
            "<Herald +6591230002 ucs-2 %04%1F%04%40%048%042%045%04B%00+%D8%3D%DE%00>",
        ] {
            try await eventually { kannel.log("smsc.log").contains(line) }
        }
        try await eventually { reports.withLock { $0.count } >= 2 }
        let reader = KannelCallbacks(secret: KannelSecret("s"))
        let seen = reports.withLock { $0 }
        for path in seen {
            var callback = Self.callback("")
            callback.url = "http://127.0.0.1\(path)"
            #expect(reader.verify(callback, now: VendorCallbacks.now) == .genuine, "\(path)")
            #expect(FormBody(query: callback.url)["x"] == "100%", "\(path)")
            let events = try reader.events(callback)
            guard case .status(let status) = try #require(events.first) else { continue }
            #expect(status.state == .delivered && status.message != nil && status.at != nil, "\(path)")
        }
    }
}
