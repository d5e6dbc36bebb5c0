import Domain
import Ingest
import Senders
import Storage
import Synchronization

/// Looks at each shard's plain body in the parallel stage, where otherwise it would be sealed, and adds up what it finds.
final class ReviewTally: ShardSealing, RequiredFields {
    /// A recipient whom the list of opt-outs may name.
    fileprivate struct Suspect {
        let hash: RecipientHash
        let shard: Int
        let index: Int
    }

    fileprivate struct Totals {
        var suspects: [Suspect] = []
        var fates = ReviewFates()
        var preview: [Int: [CampaignReview.Preview]] = [:]
    }

    private struct CostKey: Hashable {
        let provider: Int64
        let country: Region
        let currency: String
    }

    private let content: TemplateContent.Source
    private let channel: Channel
    private let category: Category
    /// The channels beside the first.
    private let further: [Channel]
    private let isCheapest: Bool
    private let policy: TenantPolicy
    private let routing: CampaignRouting
    private let totals = Mutex(Totals())
    /// Known once the header is read; bound anew when NDJSON brings further columns.
    private let bound = Mutex<TemplateContent?>(nil)

    init(
        content: TemplateContent.Source, channel: Channel, category: Category, further: [Channel], isCheapest: Bool,
        policy: TenantPolicy, routing: CampaignRouting
    ) {
        self.content = content
        self.channel = channel
        self.category = category
        self.further = further
        self.isCheapest = isCheapest
        self.policy = policy
        self.routing = routing
    }

    convenience init(
        content: TemplateContent.Source, request: CampaignRequest, policy: TenantPolicy, routing: CampaignRouting
    ) {
        self.init(
            content: content, channel: request.template.channel, category: request.category, further: request.channels,
            isCheapest: request.isCheapest, policy: policy, routing: routing)
    }

    /// For recipients that were stored.
    func bind(_ columns: ColumnsRecord) throws(IngestError) {
        let content = try content.bind(columns)
        bound.withLock { $0 = content }
    }

    func bind(columns: [UploadColumn]) throws(IngestError) -> any RequiredFieldCheck {
        let content = try content.content(for: columns)
        bound.withLock { $0 = content }
        return try self.content.bind(columns: columns)
    }

    func sealer() -> any ShardSealer { Sealer(tally: self) }

    /// What came together, in numbers.
    struct Counts {
        var refused: [String: Int]
        var unrenderable: [String: Int] = [:]
        var costs: [CampaignReview.Cost] = []
        var unpriced: [CampaignReview.Cost] = []
        var segments = 0
    }

    func review(_ summary: UploadSummary) async throws -> CampaignReview {
        let counts = try await counts(duplicates: summary.duplicates.bitmaps)
        let preview = totals.withLock { $0.preview }
        return CampaignReview(
            summary: summary, refused: counts.refused, costs: counts.costs, unpriced: counts.unpriced,
            segments: counts.segments,
            preview: Array(preview.sorted { $0.key < $1.key }.flatMap(\.value).prefix(CampaignReview.previewCount)),
            unrenderable: counts.unrenderable)
    }

    /// With the suspects asked about. `duplicates`: by shard, who is not sent to.
    func counts(duplicates: [Int: [UInt8]]) async throws -> Counts {
        let totals = totals.withLock { $0 }
        var fates = totals.fates
        for (shard, marks) in duplicates {
            for index in 0..<marks.count * 8 where marks.isMarked(index) {
                fates.takeOut(shard: shard, index: index)
            }
        }
        var refused: [String: Int] = [:]
        for start in stride(from: 0, to: totals.suspects.count, by: 10_000) {
            let page = totals.suspects[start..<min(start + 10_000, totals.suspects.count)].filter {
                !(duplicates[$0.shard]?.isMarked($0.index) ?? false)
            }
            let confirmed = try await policy.confirm(
                Array(Set(page.map(\.hash))), channel: channel, category: category)
            for suspect in page {
                guard let reason = confirmed[suspect.hash] else { continue }
                refused[reason.refusal, default: 0] += 1
                fates.takeOut(shard: suspect.shard, index: suspect.index)
            }
        }
        return counts(fates.found, refused)
    }

    private func counts(_ found: [(fate: ReviewFate, count: Int)], _ suspects: [String: Int]) -> Counts {
        var counts = Counts(refused: suspects)
        var costs: [CostKey: (messages: Int, micros: Int64)] = [:]
        for (fate, count) in found {
            switch fate.end {
            case .refused(let reason): counts.refused[reason, default: 0] += count
            case .unrenderable(let reason): counts.unrenderable[reason, default: 0] += count
            case .sent:
                counts.segments += fate.segments * count
                guard fate.provider != 0 else { continue }
                let key = CostKey(provider: fate.provider, country: fate.country, currency: fate.currency)
                costs[key, default: (0, 0)].messages += count
                costs[key, default: (0, 0)].micros += fate.micros * Int64(count)
            }
        }
        let all = costs.map { key, value in
            CampaignReview.Cost(
                provider: name(of: key.provider), country: key.country.code, currency: key.currency,
                messages: value.messages, micros: value.micros)
        }.sorted { ($1.micros, $1.messages, $0.country) < ($0.micros, $0.messages, $1.country) }
        counts.costs = all.filter { !$0.currency.isEmpty }
        counts.unpriced = all.filter(\.currency.isEmpty)
        return counts
    }

    private func name(of provider: Int64) -> String {
        let all = [routing] + routing.alternates.values
        return all.lazy.compactMap { $0.reachable[provider]?.provider.name }.first ?? ""
    }

    /// Adds up one shard; the first ones also give the preview.
    func look(at body: borrowing ShardBody, shard: Int) {
        guard let content = bound.withLock({ $0 }) else { return }
        var fates = ReviewFates.Part()
        var suspects: [Suspect] = []
        var preview: [CampaignReview.Preview] = []
        var rendered: [UInt8] = []
        let bytes = body.bytes.span
        for index in 0..<body.count {
            let way = first(of: index, in: body, content, place: shard << 11 | index)
            let (channel, slot) = (way.channel, way.slot)
            let region = body.region(index, slot: slot)
            let address = bytes.extracting(body.address(index, slot: slot).range)
            let question = PolicyQuestion(
                address: body.address(index, slot: slot), region: region, hash: body.hash(index, slot: slot))
            var fate = ReviewFate()
            switch policy.look(at: question, address: address, channel: channel) {
            case .mayBeSent: break
            case .denied(let reason): fate.end = .refused(reason)
            case .suspect(let hash): suspects.append(Suspect(hash: hash, shard: shard, index: index))
            }
            guard fate.end == .sent else {
                fates.add(fate)
                continue
            }
            rendered.removeAll(keepingCapacity: true)
            let parts: RenderedParts
            do {
                parts = try content.render(index, of: body, for: channel, into: &rendered)
            } catch {
                fates.add(ReviewFate(end: .unrenderable(error.reason)))
                continue
            }
            fate.segments = Int(parts.segments)
            if let step = way.step {
                (fate.provider, fate.country) = (step.id, region)
                if let rate = step.prices.rate(for: address, segments: parts.segments) {
                    fate.currency = rate.currency.code
                    fate.micros = rate.cost(segments: parts.segments).micros
                }
            }
            fates.add(fate)
            if shard < 2, index < CampaignReview.previewCount {
                preview.append(
                    CampaignReview.Preview(
                        line: body.line(index), to: text(address),
                        subject: text(rendered.span.extracting(parts.subject.range)),
                        text: text(rendered.span.extracting(parts.text.range))))
            }
        }
        let (part, asked, shown) = (fates, suspects, preview)
        totals.withLock { totals in
            totals.fates.add(part, shard: shard)
            totals.suspects += asked
            if !shown.isEmpty { totals.preview[shard] = shown }
        }
    }

    /// Where a message would go first: by the first channel that there is an address for, or by the cheapest.
    private struct Way {
        let channel: Channel
        let slot: Int
        let step: ProviderStep?
    }

    private func first(
        of index: Int, in body: borrowing ShardBody, _ content: TemplateContent, place: Int
    ) -> Way {
        var ways: [Way] = []
        let bytes = body.bytes.span
        for channel in [channel] + further {
            let isMain = channel.addressField == self.channel.addressField
            let slot = isMain ? 0 : (body.furtherFields.firstIndex(of: channel.addressField) ?? -1) + 1
            guard isMain || slot > 0, content.writes(channel), !body.address(index, slot: slot).isEmpty else {
                continue
            }
            let own = channel == self.channel ? routing : routing.alternates[channel]
            let step = own?.first(
                for: bytes.extracting(body.address(index, slot: slot).range), region: body.region(index, slot: slot),
                place: place)
            ways.append(Way(channel: channel, slot: slot, step: step))
            if !isCheapest { break }
        }
        guard isCheapest, ways.count > 1 else { return ways.first ?? Way(channel: channel, slot: 0, step: nil) }
        var scratch: [UInt8] = []
        var offers: [CheapestChannel.Offer] = []
        for way in ways {
            let parts = try? content.render(index, of: body, for: way.channel, into: &scratch)
            offers.append(
                CheapestChannel.Offer(
                    channel: way.channel, isReachable: way.step != nil,
                    rate: way.step?.prices.rate(
                        for: bytes.extracting(body.address(index, slot: way.slot).range),
                        segments: parts?.segments ?? 1),
                    segments: Int(parts?.segments ?? 1)))
        }
        let chosen = CheapestChannel.pick(offers)
        return ways.first { $0.channel == chosen } ?? ways[0]
    }

    private func text(_ bytes: Span<UInt8>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    private final class Sealer: ShardSealer {
        private let tally: ReviewTally
        private var body = ShardBody()

        init(tally: ReviewTally) { self.tally = tally }

        func seal(_ bytes: consuming [UInt8], _ part: ShardPart, shard: Int) throws -> [UInt8] {
            guard part == .body else { return bytes }
            try body.load(bytes)
            tally.look(at: body, shard: shard)
            return []
        }
    }
}
