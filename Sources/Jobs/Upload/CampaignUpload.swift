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
        let reading = try await Reading(request, database: database, keys: keys)
        let writer = try await UploadWriter.start(on: database)
        do {
            try drawn(writer.campaign)
            let (sink, summary) = try await reading.run(into: writer, progress: progress)
            try await writer.finish(request.draft(summary, sink), again: request.again)
            return Result(campaign: writer.campaign, summary: summary)
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// What must be known before the first row is read.
    private struct Reading {
        let request: CampaignRequest
        let key: TenantKey
        let content: TemplateContent.Source
        let alternates: Set<Channel>

        init(_ request: CampaignRequest, database: Database, keys: KeyRing) async throws {
            self.request = request
            key = try await PartyStore(database: database, keys: keys).key(of: request.tenant.id)
            content = try TemplateContent.Source(request.template)
            alternates = try await RouteTableLoader(database: database, keys: keys).load().scope(request.question)
                .alternates
            _ = try await LedgerStore(database: database, keys: keys).currentSlice()
        }

        func run(
            into writer: UploadWriter, progress: @escaping @Sendable (UploadProgress) -> Void = { _ in }
        ) async throws -> (sink: StoringSink, summary: UploadSummary) {
            let sink = StoringSink(writer: writer)
            let options = request.options(
                key: key, required: content, sealing: TenantSealing(key: key, campaign: writer.campaign),
                alternates: alternates)
            do {
                let summary = try await Upload(options).run(request.input, sink: sink, progress: progress)
                return (sink, summary)
            } catch {
                // What the database said, not that it said something.
                if case .storeFailed = error, let failure = sink.failure { throw failure }
                throw error
            }
        }
    }
}

// MARK: Drafts

extension CampaignUpload {
    /// What an upload by the API ends with: the request as it stands once everything of it has arrived, and what is done
    /// in the transaction that stores the recipients.
    package struct Ending: Sendable {
        package var request: CampaignRequest
        package var ending: UploadWriter.Ending

        package init(_ request: CampaignRequest, _ ending: UploadWriter.Ending) {
            self.request = request
            self.ending = ending
        }
    }

    /// Fills a draft, or makes one (`campaign` is nil), with the recipients that arrive: whole and committed when this
    /// returns, or as it was before. `ending` is asked when the last row has been read.
    package func fill(
        _ request: CampaignRequest, campaign: Int64?, key: [UInt8]? = nil,
        ending: @Sendable (UploadSummary) async throws -> Ending
    ) async throws -> (campaign: Campaign, answer: StoredAnswer) {
        let reading = try await Reading(request, database: database, keys: keys)
        let writer = try await UploadWriter.start(on: database, filling: campaign, key: key)
        do {
            let (sink, summary) = try await reading.run(into: writer)
            let ending = try await ending(summary)
            return try await writer.finish(
                ending.request.draft(summary, sink), isNew: campaign == nil, ending.ending)
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// Reads and checks the recipients and stores nothing: what a test key does.
    package func check(_ request: CampaignRequest) async throws -> UploadSummary {
        let reading = try await Reading(request, database: database, keys: keys)
        let options = request.options(
            key: reading.key, required: reading.content, sealing: nil, alternates: reading.alternates)
        return try await Upload(options).run(request.input, sink: DiscardingSink())
    }
}

extension CampaignRequest {
    /// Without recipients.
    package var draft: CampaignDraft {
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

    fileprivate func draft(_ summary: UploadSummary, _ sink: StoringSink) -> CampaignDraft {
        var draft = draft
        draft.fingerprint = withUnsafeBytes(of: summary.fingerprint.bigEndian) { Array($0) }
        var columns = ColumnsRecord(summary)
        columns.channels = channels
        columns.isCheapest = isCheapest
        columns.regions = summary.furtherRegions
        columns.regions[template.channel.addressField, default: []].formUnion(summary.regions)
        draft.columns = columns.json.text
        draft.recipients = Int64(summary.accepted)
        draft.rejected = Int64(summary.rejectedRows)
        draft.duplicates = Int64(summary.duplicates.count)
        draft.rejectedBy = JSON(counts: summary.rejectedByCode).text
        draft.shards = sink.drafts(skipping: summary.duplicates)
        return draft
    }
}

extension UploadSummary {
    /// Rejected rows by the code that files and screens show.
    package var rejectedByCode: [String: Int] {
        Dictionary(rejected.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
    }
}
