import Domain
private import Synchronization

/// Sends one event to one address, signed as Standard Webhooks has it. Redirects are not followed, an answer's body is
/// not kept, and only the open internet is reached, and what the operator lists.
///
/// It has a loop of its own: a connection that a provider on a private address has open must never be used for
/// somebody's wish, and slow receivers hold up no message.
package final class WebhookSender: Sendable {
    package struct Answer: Sendable, Hashable {
        /// HTTP's; 0 where none came.
        package let status: Int
        package let retryAfter: Duration?
        /// Why it counts as not delivered; empty where it was.
        package let problem: String

        package init(status: Int, retryAfter: Duration? = nil, problem: String) {
            self.status = status
            self.retryAfter = retryAfter
            self.problem = problem
        }

        package var isDelivered: Bool { problem.isEmpty }
    }

    package struct Patience: Sendable {
        package var connect: Duration = .seconds(5)
        package var answer: Duration = .seconds(15)

        package init() {}
    }

    package let networks: WebhookNetworks
    private let patience: Patience
    private let loop = Mutex<(loop: CurlLoop?, isStopped: Bool)>((nil, false))
    private static let mostReply = 16 << 10

    package init(networks: WebhookNetworks, patience: Patience = Patience()) {
        self.networks = networks
        self.patience = patience
    }

    /// `secrets`: each signs, so that a receiver may change from one to the next.
    package func send(
        _ body: [UInt8], id: String, to url: String, secrets: [EndpointSecret], now: Timestamp = .now
    ) async -> Answer {
        let address: WebhookURL
        do { address = try WebhookURL(url, networks: networks) } catch {
            return Answer(status: 0, problem: error.text)
        }
        guard let loop = running() else { return Answer(status: 0, problem: ProviderReason.senderStopped) }
        var transport = HTTPTransport()
        transport.host = address.host
        transport.connectTimeout = patience.connect
        transport.firstByteTimeout = patience.answer
        transport.totalTimeout = patience.answer
        transport.maxReply = Self.mostReply
        transport.networks = networks.list
        transport.mayBePublic = !address.isPlain
        let seconds = now.micros / 1_000_000
        let signatures = secrets.map { $0.signature(id: id, seconds: seconds, body: body) }.joined(separator: [0x20])
        let answer = await HTTPFetch.send(transport, over: loop) { request in
            request.url.append(Array(address.text.utf8))
            request.header("Content-Type", Array("application/json".utf8))
            request.header("webhook-id", Array(id.utf8))
            request.header("webhook-timestamp", Array(String(seconds).utf8))
            request.header("webhook-signature", Array(signatures))
            request.body.append(body)
        }
        return Self.judged(answer)
    }

    private static func judged(_ answer: HTTPFetch.Answer) -> Answer {
        switch answer.status {
        case 200...299: Answer(status: answer.status, problem: "")
        case 0 where answer.problem == ProviderReason.privateAddress:
            Answer(status: 0, problem: "Its host has an address that webhooks may not go to.")
        case 0: Answer(status: 0, problem: "No answer: \(answer.problem).")
        case 300...399:
            Answer(status: answer.status, problem: "It answered \(answer.status), and redirects are not followed.")
        default:
            Answer(status: answer.status, retryAfter: answer.retryAfter, problem: "It answered \(answer.status).")
        }
    }

    /// Started by the first event: most processes have none to send.
    private func running() -> CurlLoop? {
        loop.withLock { state in
            if state.loop == nil, !state.isStopped { state.loop = try? CurlLoop(name: "webhooks") }
            return state.loop
        }
    }

    /// Ends what is under way, and waits for the thread's end. Blocks.
    package func stop() {
        let running = loop.withLock { state in
            defer { state = (nil, true) }
            return state.loop
        }
        running?.stop()
    }
}
