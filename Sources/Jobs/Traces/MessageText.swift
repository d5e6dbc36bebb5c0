import Domain
import Ingest
import Storage

/// A message's text as it was sent: rendered again from the version of its template and the recipient's sealed data,
/// as long as both are kept. Data of a one-time password is masked before anything is rendered with it, so that no
/// filter of a template can let it through.
package struct MessageText: Sendable, Hashable {
    package let subject: String
    package let text: String
    package let html: String
    package let isMasked: Bool

    /// Why there is no text any more, in a sentence for people.
    package enum Gone: Error, Sendable, CustomStringConvertible {
        case bodyDropped
        case templateMissing
        case unwritable

        package var description: String {
            switch self {
            case .bodyDropped: "The recipient's data is no longer kept, so the text can't be shown."
            case .templateMissing: "The template's version is no longer kept, so the text can't be shown."
            case .unwritable: "The text could not be made from the template and this recipient's data."
            }
        }
    }

    private static let mask = Array("••••••".utf8)

    /// `showsCode`: also the data of a one-time password.
    package static func read(
        _ trace: MessageTrace, showsCode: Bool, database: Database, keys: KeyRing
    ) async throws -> MessageText {
        let work = WorkStore(database: database)
        let parties = PartyStore(database: database, keys: keys)
        guard let shard = try await work.shard(trace.message.shard) else { throw Gone.bodyDropped }
        guard let sealed = try await work.storedBody(shard: shard.claimed.body) else { throw Gone.bodyDropped }
        guard let template = try await parties.template(id: trace.campaign.template) else { throw Gone.templateMissing }
        let key = try await parties.key(of: trace.campaign.tenant)
        let codec = ShardCodec(key: key, campaign: ShardCodec.campaign(of: shard.claimed.body))
        let body = try ShardBody(codec.open(sealed, shard: shard.claimed.body, kind: .recipients))
        let columns = try ColumnsRecord(json: trace.campaign.columns)
        let isMasked = trace.campaign.category == .otp && !showsCode
        let sentAt = trace.calls.map(\.at).min() ?? trace.rows.map(\.at).min() ?? shard.dueAt
        let content = try TemplateContent.Source(template, now: sentAt).bind(columns)
        let channel = trace.rows.last?.channel ?? trace.campaign.channel
        let index = trace.message.index
        guard index < body.count else { throw Gone.bodyDropped }
        var bytes: [UInt8] = []
        let parts: RenderedParts
        do throws(ContentError) {
            if isMasked {
                guard let masked = Self.masked(body, index, keeping: columns.place(of: .locale)) else {
                    throw ContentError(reason: "render_failed")
                }
                parts = try content.render(0, of: masked, for: channel, into: &bytes)
            } else {
                parts = try content.render(index, of: body, for: channel, into: &bytes)
            }
        } catch { throw Gone.unwritable }
        func text(_ range: FieldRange) -> String { String(decoding: bytes[range.range], as: UTF8.self) }
        return MessageText(
            subject: text(parts.subject), text: text(parts.text), html: text(parts.rich), isMasked: isMasked)
    }

    /// The one recipient, with a mask in each field but the one that chooses the language.
    private static func masked(_ body: ShardBody, _ index: Int, keeping locale: Int?) -> ShardBody? {
        var writer = ShardBodyWriter()
        writer.begin(line: 1, address: mask, region: .none, hash: RecipientHash(high: 0, low: 0))
        let range = body.fieldRange(of: index)
        for (place, field) in body.fields[range].enumerated() {
            if place == locale {
                writer.field(body.bytes.span, field)
            } else if field.isEmpty {
                writer.emptyField()
            } else {
                writer.field(mask.span, FieldRange(start: 0, count: mask.count, kind: .string))
            }
        }
        return try? ShardBody(writer.body(columns: body.columns))
    }
}
