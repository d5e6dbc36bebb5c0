import Domain
import Ingest
import Senders
import Storage

/// Turns a file into a campaign: whole and committed when `send` returns, or not there at all.
package struct CampaignUpload: Sendable {
    private let database: Database
    private let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    package struct Result: Sendable {
        package let campaign: Int64
        package let summary: UploadSummary
    }

    /// Reads the file, stores its recipients and makes the campaign. Throws `UploadWriter.AlreadySent` for
    /// recipients that had the template within a day. `drawn` is told the campaign's number before anything of it is
    /// stored: by that, somebody who was interrupted can find out whether the upload was committed.
    package func send(
        _ request: CampaignRequest, progress: @escaping @Sendable (UploadProgress) -> Void = { _ in },
        drawn: @Sendable (Int64) throws -> Void = { _ in }
    ) async throws -> Result {
        let key = try await PartyStore(database: database, keys: keys).key(of: request.tenant.id)
        let content = try TemplateContent.Source(request.template)
        _ = try await LedgerStore(database: database, keys: keys).currentSlice()
        let alternates = try await RouteTableLoader(database: database, keys: keys).load().scope(request.question)
            .alternates
        let writer = try await UploadWriter.start(on: database)
        do {
            try drawn(writer.campaign)
            let sink = StoringSink(writer: writer)
            let options = request.options(
                key: key, required: content, sealing: TenantSealing(key: key, campaign: writer.campaign),
                alternates: alternates)
            let summary = try await Upload(options).run(request.input, sink: sink, progress: progress)
            var draft = request.draft
            draft.fingerprint = withUnsafeBytes(of: summary.fingerprint.bigEndian) { Array($0) }
            var columns = ColumnsRecord(summary)
            columns.channels = request.channels
            columns.isCheapest = request.isCheapest
            draft.columns = columns.json.text
            draft.recipients = Int64(summary.accepted)
            draft.rejected = Int64(summary.rejectedRows)
            draft.duplicates = Int64(summary.duplicates.count)
            draft.rejectedBy = JSON(counts: summary.rejectedByCode).text
            draft.shards = sink.drafts(skipping: summary.duplicates)
            try await writer.finish(draft, again: request.again)
            return Result(campaign: writer.campaign, summary: summary)
        } catch {
            await writer.abandon()
            throw error
        }
    }
}

extension CampaignRequest {
    fileprivate var draft: CampaignDraft {
        var draft = CampaignDraft(
            tenant: tenant.id, source: source, template: template.id, name: name, channel: template.channel,
            category: category)
        if let priority { draft.priority = priority }
        if let overdueLimit { draft.overdueLimit = overdueLimit }
        if let expiry { draft.expiry = expiry }
        draft.dueAt = dueAt
        draft.dedupe = (dedupe ?? .address).rawValue
        return draft
    }
}

extension UploadSummary {
    /// Rejected rows by the code that files and screens show.
    package var rejectedByCode: [String: Int] {
        Dictionary(rejected.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
    }
}
