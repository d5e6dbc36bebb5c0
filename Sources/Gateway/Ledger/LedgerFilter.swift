import Domain
import HTTPServer
import Ingest
import Storage

/// Reads the conditions of a search from a request's parameters. The tenant is the key's; what a key may not see is
/// no fault and finds nothing.
struct LedgerFilter: Sendable {
    let call: APICall

    func query() async throws -> LedgerQuery {
        let caller = call.caller
        guard caller.sight != .none else { throw AccessRefusal.scope(.messagesRead, caller) }
        let ledger = call.ledger
        var query = LedgerQuery(tenant: caller.tenant)
        query.channel = try word("channel", Channel.allCases, \.rawValue).first
        query.category = try word("category", Category.allCases, \.rawValue).first
        query.states = Set(try word("status", MessageState.allCases, \.word, isList: true))
        query.recipient = try await recipient(query.channel)
        query.reference = try text("provider_reference")
        if let source = try text("source") {
            query.sources = try await ledger.sources(named: source, tenant: caller.tenant)
        }
        if caller.sight == .source { query.sources = (query.sources ?? [caller.source]).intersection([caller.source]) }
        if let provider = try text("provider") { query.providers = try await ledger.providers(named: provider) }
        if let campaign = try text("campaign") {
            guard let number = Int64(campaign), number > 0, number < 1 << 28 else {
                throw Problem.invalid("campaign", "number", "campaign must be a campaign's number.")
            }
            query.campaign = number
        }
        if let country = try text("country") {
            guard let region = Region(country) else {
                throw Problem.invalid("country", "country", "country must be one of two letters, such as SG.")
            }
            query.country = region
        }
        query.from = try instant("from")
        query.to = try instant("to")
        if let from = query.from, let to = query.to, from >= to {
            throw Problem.invalid("to", "range", "to must lie after from.")
        }
        return query
    }

    /// However it was written.
    private func recipient(_ channel: Channel?) async throws -> LedgerQuery.Recipient? {
        guard let written = try text("recipient") else { return nil }
        let kind = channel?.addressKind ?? (written.contains("@") ? .email : .phone)
        let bytes = Array(written.utf8)
        let cell = Cell.trimmed(bytes.span, 0..<bytes.count)
        var address: [UInt8] = []
        let check = AddressCheck(kind: kind, defaultRegion: call.caller.region)
        guard !cell.isEmpty, case .valid = check.check(bytes.span.extracting(cell), appendingTo: &address) else {
            throw Problem.invalid("recipient", "address", "The address can't be right.")
        }
        return LedgerQuery.Recipient(
            kind, address: String(decoding: address, as: UTF8.self), hash: try await call.tenantKey().recipients)
    }

    private func text(_ name: String) throws(Problem) -> String? {
        guard let text = call.request.parameter(name) else { return nil }
        guard !text.isEmpty, text.utf8.count <= 4096, !text.utf8.contains(0) else {
            throw .invalid(name, "length", "\(name) must be a text of 1 to 4096 bytes.")
        }
        return text
    }

    private func word<T>(
        _ name: String, _ all: [T], _ spelled: (T) -> String, isList: Bool = false
    ) throws(Problem) -> [T] {
        guard let text = call.request.parameter(name) else { return [] }
        var found: [T] = []
        for word in isList ? text.split(separator: ",", omittingEmptySubsequences: false) : [text[...]] {
            guard let value = all.first(where: { spelled($0) == word }) else {
                throw .invalid(name, "choice", "\(name) must be one of \(all.map(spelled).joined(separator: ", ")).")
            }
            found.append(value)
        }
        return found
    }

    private func instant(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = call.request.parameter(name) else { return nil }
        guard let instant = Timestamp(rfc3339: text) else {
            throw .invalid(name, "time", "\(name) must be an instant such as 2026-03-01T09:00:00Z.")
        }
        return instant
    }
}
