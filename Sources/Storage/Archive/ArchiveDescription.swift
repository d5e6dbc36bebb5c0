import Crypto
import Domain

/// What an archive says of itself, at its end and in JSON, so that whoever finds the file knows what it is.
struct ArchiveDescription: Sendable, Hashable {
    /// A part of the file that is read as a whole.
    struct Part: Sendable, Hashable {
        var offset: Int64
        var bytes: Int64
        var digest: [UInt8]
    }

    /// Where the filters of one kind of key lie.
    struct Filter: Sendable, Hashable {
        var offset: Int64
        var buckets: Int
    }

    static let format: Int64 = 1

    var slice: Int
    /// The slice's salt under the master key: without that nobody opens an address in the file. The tenants' own keys are not in
    /// it, so that destroying one of them takes effect on every archive.
    var sealedSalt: [UInt8]
    var madeAt: Timestamp
    var rows: Int64
    /// SHA-256 over the rows as the database sent them.
    var rowsDigest: [UInt8]
    var atFrom: Timestamp
    var atTo: Timestamp
    var messageFrom: Int64
    var messageTo: Int64
    var blocks: Int
    var index: Part
    var recipients: Filter
    var references: Filter
    var totals: [ArchiveTotals.Line]

    var json: JSON {
        [
            "format": .int(Self.format), "what": "rows of one slice of Herald's ledger (docs/ledger.md)",
            "slice": .int(Int64(slice)), "sealed_salt": .string(hex(sealedSalt)),
            "made_at": .string(madeAt.description), "rows": .int(rows), "rows_sha256": .string(hex(rowsDigest)),
            "at_from_micros": .int(atFrom.micros), "at_to_micros": .int(atTo.micros),
            "message_from": .int(messageFrom), "message_to": .int(messageTo), "blocks": .int(Int64(blocks)),
            "index": [
                "offset": .int(index.offset), "bytes": .int(index.bytes), "sha256": .string(hex(index.digest)),
            ],
            "recipients": ["offset": .int(recipients.offset), "buckets": .int(Int64(recipients.buckets))],
            "references": ["offset": .int(references.offset), "buckets": .int(Int64(references.buckets))],
            "totals": .array(
                totals.map {
                    [
                        "state": .int($0.state), "currency": .string($0.currency), "rows": .int($0.sums.rows),
                        "ends": .int($0.sums.ends), "segments": .int($0.sums.segments),
                        "cost_micros": .int($0.sums.cost),
                    ]
                }),
        ]
    }
}

extension ArchiveDescription {
    /// Nil where it is none, or of a form that this program doesn't know.
    init?(json: JSON) {
        func number(_ json: JSON?, _ name: String) -> Int64? { json?[name]?.intValue }
        func bytes(_ json: JSON?, _ name: String) -> [UInt8]? { json?[name]?.stringValue.flatMap { unhex($0) } }
        func filter(_ name: String) -> Filter? {
            guard let offset = number(json[name], "offset"), let buckets = number(json[name], "buckets"), offset >= 0,
                (0...1 << 20).contains(buckets)
            else { return nil }
            return Filter(offset: offset, buckets: Int(buckets))
        }
        guard json["format"]?.intValue == Self.format, let slice = number(json, "slice"),
            let sealedSalt = bytes(json, "sealed_salt"),
            let madeAt = json["made_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let rows = number(json, "rows"), let rowsDigest = bytes(json, "rows_sha256"),
            let atFrom = number(json, "at_from_micros"), let atTo = number(json, "at_to_micros"),
            let messageFrom = number(json, "message_from"), let messageTo = number(json, "message_to"),
            let blocks = number(json, "blocks"), (0...1 << 24).contains(blocks),
            let indexOffset = number(json["index"], "offset"), let indexBytes = number(json["index"], "bytes"),
            indexBytes == blocks * Int64(ArchiveIndexEntry.size), indexOffset >= 0,
            let indexDigest = bytes(json["index"], "sha256"), let recipients = filter("recipients"),
            let references = filter("references"), let lines = json["totals"]?.arrayValue
        else { return nil }
        var totals: [ArchiveTotals.Line] = []
        for line in lines {
            guard let state = number(line, "state"), let currency = line["currency"]?.stringValue,
                let rows = number(line, "rows"), let ends = number(line, "ends"),
                let segments = number(line, "segments"), let cost = number(line, "cost_micros")
            else { return nil }
            totals.append(
                .init(
                    state: state, currency: currency,
                    sums: .init(rows: rows, ends: ends, segments: segments, cost: cost)))
        }
        self.init(
            slice: Int(slice), sealedSalt: sealedSalt, madeAt: madeAt, rows: rows,
            rowsDigest: rowsDigest, atFrom: Timestamp(micros: atFrom), atTo: Timestamp(micros: atTo),
            messageFrom: messageFrom, messageTo: messageTo, blocks: Int(blocks),
            index: Part(offset: indexOffset, bytes: indexBytes, digest: indexDigest), recipients: recipients,
            references: references, totals: totals)
    }
}
