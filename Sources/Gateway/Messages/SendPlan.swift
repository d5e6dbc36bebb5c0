import Domain
import Ingest
import Jobs
import Storage

/// How a request's messages go out: for each channel that they may take the stream and its leave, and for each
/// recipient the channel that reaches it.
struct SendPlan: Sendable {
    /// One channel that the messages may take.
    struct Way: Sendable {
        let stream: MessageStream
        let permit: UsePermit
        let address: AddressCheck
        /// Where the cheapest is asked for.
        let prices: StreamPrices?
        var channel: Channel { stream.key.channel }
    }

    /// What is said of a recipient at once.
    enum Verdict: Sendable {
        case goes(Submission.Message, way: Int)
        case refused(Problem.Fault, isForbidden: Bool)
    }

    let ways: [Way]
    private let key: TenantKey
    private let request: SendRequest
    private let expiry: Submission.Expiry
    /// The request's own texts, which stand in the place of data.
    private let texts: JSONObject?
    private let caller: Caller

    init(_ request: SendRequest, ways: [Way], caller: Caller, key: TenantKey) {
        self.request = request
        self.ways = ways
        self.caller = caller
        if case .raw(let texts) = request.content { self.texts = texts } else { texts = nil }
        self.key = key
        expiry =
            request.expiry.at.map { .at($0) } ?? .after(request.expiry.after ?? request.category.defaultExpiry)
    }

    /// One verdict for each recipient, in the order of the request.
    func verdicts() -> [Verdict] { request.recipients.map { verdict(on: $0) } }

    /// The first way for which there is an address, or the cheapest; what is wrong with the others doesn't matter then.
    private func verdict(on recipient: SendRequest.Recipient) -> Verdict {
        var first: Verdict?
        var offers: [(verdict: Verdict, offer: CheapestChannel.Offer)] = []
        for (place, way) in ways.enumerated() {
            guard let text = recipient.addresses.lazy.compactMap({ $0.text(for: way.channel.addressKind) }).first
            else { continue }
            let verdict = self.verdict(on: recipient, address: text, way: way, place: place)
            if case .goes(let message, _) = verdict {
                guard let prices = way.prices else { return verdict }
                guard case .costs(let rate) = prices.offer(to: message.address, region: message.region) else {
                    continue
                }
                offers.append((verdict, CheapestChannel.Offer(channel: way.channel, rate: rate)))
            } else {
                first = first ?? verdict
            }
        }
        if let channel = CheapestChannel.pick(offers.map(\.offer)),
            let best = offers.first(where: { $0.offer.channel == channel })
        {
            return best.verdict
        }
        if let first { return first }
        let kinds = ways.map { $0.channel.rawValue }.joined(separator: ", ")
        return .refused(
            Problem.Fault(recipient.pointer, "address_missing", "\(recipient.pointer) has no address for \(kinds)."),
            isForbidden: false)
    }

    private func verdict(
        on recipient: SendRequest.Recipient, address text: String, way: Way, place: Int
    ) -> Verdict {
        func refused(_ rule: String, _ detail: String, isForbidden: Bool = false) -> Verdict {
            .refused(Problem.Fault(recipient.pointer, rule, detail), isForbidden: isForbidden)
        }
        let written = Array(text.utf8)
        let cell = Cell.trimmed(written.span, 0..<written.count)
        guard !cell.isEmpty else { return refused("address_missing", "The address is empty.") }
        var address: [UInt8] = []
        let region: Region
        switch way.address.check(written.span.extracting(cell), appendingTo: &address) {
        case .valid(let found, _): region = found
        case .rejected(let code): return refused(code.rawValue, "The address can't be right: \(code.rawValue).")
        }
        if let refusal = way.permit.refusal(region) {
            return refused(refusal.rule, refusal.text, isForbidden: true)
        }
        let cells: StreamContent.Cells
        do {
            cells = try way.stream.content.cells(
                texts ?? recipient.data, locale: recipient.locale, orderingKey: request.orderingKey ?? "")
        } catch {
            return refused(
                "field_missing",
                texts == nil
                    ? "The template needs the field “\(error.name)” in data."
                    : "The content needs its \(error.name).")
        }
        let hash = key.recipients.recipient(way.channel.addressKind, address.span)
        var message = Submission.Message(
            stream: way.stream, address: address, region: region, hash: hash, cells: cells, dueAt: request.sendAt,
            expiry: expiry)
        if let name = request.dedupeKey {
            message.dedupe = Submission.Dedupe(
                key: Array(key.recipients(Array("dedupe \(name)".utf8) + [0] + hash.bytes).prefix(16)),
                window: request.dedupeWindow)
        }
        if let name = request.orderingKey {
            message.line = Array(
                key.recipients(Array("order \(caller.source) \(name)".utf8) + [0] + hash.bytes).prefix(16))
        }
        if !recipient.reference.isEmpty || recipient.metadata != nil {
            message.note = Submission.Note(
                reference: recipient.reference, sealed: recipient.metadata.map { key.sealNote($0.text) } ?? [])
        }
        return .goes(message, way: place)
    }
}
