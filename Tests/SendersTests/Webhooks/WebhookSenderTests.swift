import Domain
private import Foundation
import TestSupport
import Testing

@testable import Senders

/// Where webhooks go, and where they don't.
@Suite struct WebhookSenderTests {
    private let secret = EndpointSecret.make()

    private func sender(_ networks: String...) throws -> WebhookSender {
        var patience = WebhookSender.Patience()
        patience.connect = Patience.duration
        patience.answer = Patience.duration
        return WebhookSender(networks: WebhookNetworks(try networks.map { try NetworkRange($0) }), patience: patience)
    }

    @Test func theSignatureIsThatOfStandardWebhooks() throws {
        let secret = try #require(EndpointSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(String(decoding: signature, as: UTF8.self) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(EndpointSecret(secret.text)?.text == secret.text)
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ", "whsec_%%%%"] {
            #expect(EndpointSecret(text) == nil)
        }
    }

    @Test(
        arguments: [
            ("https://127.0.0.1/", .closedAddress), ("https://10.1.2.3:8443/x", .closedAddress),
            ("https://169.254.169.254/latest/meta-data", .closedAddress), ("https://[::1]/", .closedAddress),
            ("https://[::ffff:169.254.169.254]/", .closedAddress), ("https://[::ffff:a9fe:a9fe]/", .closedAddress),
            ("https://[64:ff9b::7f00:1]/", .closedAddress), ("https://[fe80::1]/", .closedAddress),
            ("https://localhost/", .closedAddress), ("https://a.LOCALHOST/", .closedAddress),
            ("https://2130706433/", .unreadable), ("https://0x7f000001/", .unreadable), ("https://127.1/", .unreadable),
            ("https://0177.0.0.1/", .unreadable), ("https://[fe80::1%25eth0]/", .unreadable),
            ("https://example.com:0/", .unreadable), ("https://example.com:99999/", .unreadable),
            ("https://example.com:/", .unreadable), ("https:///x", .unreadable), ("https://", .unreadable),
            ("ftp://example.com/", .unreadable), ("file:///etc/passwd", .unreadable), ("example.com", .unreadable),
            ("https://exam ple.com/", .unreadable), ("https://example.com/\r\nX: y", .unreadable),
            ("https://example.com\\@10.0.0.1/", .unreadable), ("https://ex\u{E4}mple.com/", .unreadable),
            ("https://me:secret@example.com/", .credentials), ("https://example.com@10.0.0.1/", .credentials),
            ("https://example.com/#x", .fragment), ("http://example.com/", .notHTTPS),
            ("https://example.com/" + String(repeating: "x", count: 2048), .tooLong),
        ] as [(String, WebhookURL.Fault)])
    func whatIsNoOpenAddressIsRefused(url: String, fault: WebhookURL.Fault) {
        #expect(throws: fault) { try WebhookURL(url, networks: .none) }
    }

    @Test(arguments: [
        ("https://example.com", "example.com:443"), ("https://EXAMPLE.com:8443/a?b=c", "example.com:8443"),
        ("https://8.8.8.8/", "8.8.8.8:443"), ("https://[2606:4700::1111]:444/", "[2606:4700::1111]:444"),
        ("https://xn--bcher-kva.example./", "xn--bcher-kva.example.:443"),
    ])
    func whatIsOneIsTaken(url: String, host: String) throws {
        #expect(try WebhookURL(url, networks: .none).host == host)
    }

    /// The name says nothing: what it leads to counts, as the connection is made.
    @Test func aNameThatLeadsIntoTheOwnNetworkIsNotConnectedTo() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        // Some network is listed, so that names of this machine and plain HTTP get so far at all.
        let sender = try sender("192.0.2.0/24")
        defer { sender.stop() }
        var names = ["localhost", "metadata.localhost"]
        if let own = Host.current().name, own.contains(where: \.isLetter) { names.append(own) }
        for name in names {
            for scheme in ["http", "https"] {
                let url = receiver.url("/hooks", host: name).replacing("http:", with: scheme + ":")
                guard (try? WebhookURL(url, networks: sender.networks)) != nil else { continue }
                let answer = await sender.send([0x7B, 0x7D], id: "evt_1", to: url, secrets: [secret])
                #expect(!answer.isDelivered && answer.status == 0, "\(url)")
                if name == "localhost" { #expect(answer.problem.contains("may not go to"), "\(answer.problem)") }
            }
        }
        #expect(try receiver.events().isEmpty)
        // Where the network is listed, the same name leads there.
        let open = try self.sender("127.0.0.0/8")
        defer { open.stop() }
        let answer = await open.send(
            [0x7B, 0x7D], id: "evt_1", to: receiver.url("/hooks", host: "localhost"), secrets: [secret])
        #expect(answer == WebhookSender.Answer(status: 200, problem: ""))
    }

    @Test(
        arguments: [
            ([127, 0, 0, 1], false), ([169, 254, 169, 254], false), ([10, 0, 0, 5], false), ([192, 0, 2, 9], true),
            ([8, 8, 8, 8], true), ([0xFF, 0xFF, 169, 254, 169, 254], false), ([0xFF, 0xFF, 192, 0, 2, 9], true),
            ([0xFF, 0xFF, 8, 8, 4, 4], true), ([0, 0, 0, 0, 0, 1], false),
        ] as [([UInt8], Bool)])
    func eachAddressThatANameLeadsToIsLookedAt(tail: [UInt8], isOpen: Bool) throws {
        var transport = HTTPTransport()
        transport.networks = [try NetworkRange("192.0.2.0/24")]
        let isShort = tail.count == 4
        let bytes: [UInt8] =
            isShort
            ? [2, 0, 1, 187] + tail + [UInt8](repeating: 0, count: 8)
            : [10, 0, 1, 187, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16 - tail.count) + tail + [0, 0, 0, 0]
        let address = SocketAddress(family: isShort ? 2 : 10, bytes: bytes)
        #expect(address.isOpen(to: transport) == isOpen)
        // Plain HTTP goes to what is listed alone.
        transport.mayBePublic = false
        #expect(address.isOpen(to: transport) == (tail.suffix(4) == [192, 0, 2, 9]))
    }

    @Test func aRedirectIsNotFollowedAndALongAnswerNotRead() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let sender = try sender("127.0.0.0/8")
        defer { sender.stop() }
        for status in ["301", "302", "307", "308"] {
            try receiver.answer("/away", status)
            let answer = await sender.send([0x7B, 0x7D], id: "evt_1", to: receiver.url("/away"), secrets: [secret])
            #expect(answer.status == Int(status) && answer.problem.contains("redirects are not followed"))
        }
        #expect(try receiver.events("/redirected").isEmpty)
        let long = await sender.send([0x7B, 0x7D], id: "evt_2", to: receiver.url("/big"), secrets: [secret])
        #expect(long == WebhookSender.Answer(status: 200, problem: ""))
        #expect(try receiver.verified("/big", secret.text).fine == ["evt_2"])
        sender.stop()
        #expect(await !sender.send([], id: "evt_3", to: receiver.url("/big"), secrets: [secret]).isDelivered)
    }
}
