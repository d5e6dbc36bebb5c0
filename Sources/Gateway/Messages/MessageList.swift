import Domain
import HTTPServer
import Ingest
import Jobs
import Storage

/// `GET /v1/messages`: a source's own messages by its reference, or what was sent to an address; newest first.
struct MessageList: Sendable {
    let call: APICall
    private static let most = 100

    func response() async throws -> HTTPResponse {
        guard call.caller.sight != .none else { throw AccessRefusal.scope(.messagesRead, call.caller) }
        let page = try Page(call.request, most: Self.most)
        let found: [MessageID]
        switch (call.request.parameter("reference"), call.request.parameter("to")) {
        case (let reference?, nil): found = try await byReference(reference, page)
        case (nil, let address?): found = try await byAddress(address, page)
        default:
            throw Problem.invalid("reference", "required", "Ask by reference or by to (an address), by one of them.")
        }
        var items: [JSON] = []
        for id in found.prefix(page.limit) {
            // One that this key may not see is left out.
            if let view = try? await MessageView(id, call, inList: true) { items.append(view.json(now: call.now)) }
        }
        let next = found.count > page.limit ? found[page.limit - 1].rawValue : nil
        return .json(page.json(items, next: next))
    }

    private func byReference(_ reference: String, _ page: Page) async throws -> [MessageID] {
        try await StreamStore(database: call.database).messages(
            tenant: call.caller.tenant, source: call.caller.sight == .tenant ? nil : call.caller.source,
            reference: reference, before: page.after, limit: page.limit + 1)
    }

    /// However it was written.
    private func byAddress(_ text: String, _ page: Page) async throws -> [MessageID] {
        let channel = try call.request.parameter("channel").map { word in
            guard let channel = Channel(rawValue: word) else {
                throw Problem.invalid("channel", "choice", "channel is none of Herald's channels.")
            }
            return channel
        }
        let kind = channel?.addressKind ?? (text.contains("@") ? .email : .phone)
        let check = AddressCheck(kind: kind, defaultRegion: call.caller.region)
        var address: [UInt8] = []
        let written = Array(text.utf8)
        guard !written.isEmpty, case .valid = check.check(written.span, appendingTo: &address) else {
            throw Problem.invalid("to", "address", "The address can't be right.")
        }
        let entries = try await call.ledger.find(
            tenant: call.caller.tenant, key: try await call.tenantKey(), kind: kind,
            address: String(decoding: address, as: UTF8.self), limit: 1000)
        var seen: Set<MessageID> = []
        return entries.map(\.message).filter { seen.insert($0).inserted }
            .sorted(by: >).filter { message in page.after.map { message.rawValue < $0 } ?? true }
    }
}
