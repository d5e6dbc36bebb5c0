import Domain
import Ingest
import Storage
import Synchronization

/// Everything a user sees before anything is sent: what the file holds, who is opted out, what it would
/// cost by route, and real messages. Reads the file as `CampaignUpload` does, and stores nothing.
package struct CampaignReview: Sendable {
    package let summary: UploadSummary
    /// Recipients whom policy would refuse today, by reason.
    package let refused: [String: Int]
    /// What sending would cost with the first provider of each recipient's route, and how many segments it takes.
    package let costs: [Cost]
    /// Of these nobody knows what they would cost.
    package let unpriced: [Cost]
    package let segments: Int
    /// The first messages as they would be sent.
    package let preview: [Preview]
    /// Messages that can't be rendered, by reason.
    package let unrenderable: [String: Int]

    package struct Cost: Sendable, Hashable {
        package let provider: String
        package let country: String
        package let currency: String
        package var messages: Int
        package var micros: Int64

        /// Of what nobody knows the price of.
        package var unpricedJSON: JSON {
            ["provider": .string(provider), "country": .string(country), "messages": .int(Int64(messages))]
        }
    }

    package struct Preview: Sendable, Hashable {
        package let line: Int
        package let to: String
        package let subject: String
        package let text: String
    }
}

extension CampaignReview {
    package static let previewCount = 3

    /// What all of it would cost, by currency.
    package var amounts: [String: Int64] {
        Dictionary(costs.map { ($0.currency, $0.micros) }, uniquingKeysWith: +)
    }

    /// Reads the whole file.
    package static func make(
        _ request: CampaignRequest, database: Database, keys: KeyRing, routing: CampaignRouting,
        progress: @escaping @Sendable (UploadProgress) -> Void = { _ in }
    ) async throws -> CampaignReview {
        let key = try await PartyStore(database: database, keys: keys).key(of: request.tenant.id)
        let content = try TemplateContent.Source(request.template)
        let policy = try await TenantPolicy.load(tenant: request.tenant.id, from: PolicyStore(database: database))
        let tally = ReviewTally(
            content: content, request: request, policy: policy, routing: routing)
        let options = request.options(
            key: key, required: tally, sealing: tally, alternates: Set(routing.alternates.keys))
        let summary = try await Upload(options).run(request.input, sink: DiscardingSink(), progress: progress)
        return try await tally.review(summary)
    }
}
