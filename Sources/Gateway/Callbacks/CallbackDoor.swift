import Domain
import HTTPServer
import Jobs
import Senders
import Storage

/// Takes a provider's callback: verified, stored, answered; applied later.
struct CallbackDoor: Sendable {
    let services: GatewayServices

    func answer(_ request: HTTPRequest, provider name: String) async throws -> HTTPResponse {
        guard let account = try await services.readers.account(named: name), let reader = account.reader else {
            throw Problem(.notFound, "There is no provider of this name that calls back.")
        }
        let callback = ProviderCallback(
            provider: name, receivedAt: services.now(), kind: account.kind,
            contentType: request.headers["content-type"] ?? "", body: try await request.content.bytes(),
            method: request.method, url: services.readers.url(of: request),
            headers: request.headers.list.map { ProviderCallback.Header(name: $0.name, value: $0.value) })
        switch reader.verify(callback, now: services.now()) {
        case .forged:
            // Why is not for whoever tries.
            return .text(403, "This callback is not genuine.\n")
        case .challenge(let reply):
            let type = reply.hasPrefix("{") ? "application/json" : "text/plain; charset=utf-8"
            return HTTPResponse(status: 200, headers: [("Content-Type", type)], body: .bytes(Array(reply.utf8)))
        case .genuine:
            guard await services.intake.receive(callback) else {
                throw Problem(.unavailable, "The callback could not be stored; send it again.", retryAfter: .seconds(5))
            }
            return HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")])
        }
    }
}
