import Crypto
import Domain
import Storage

/// What is said of a report's files beside them: of when and whom they tell, what they add up to, and the digests by which
/// anybody can see that they are as they were written.
struct ReportManifest {
    let json: JSON

    /// A file with its contents.
    struct File {
        let name: String
        let bytes: [UInt8]
        let rows: Int

        let digest: String

        init(name: String, bytes: [UInt8], rows: Int) {
            self.name = name
            self.bytes = bytes
            self.rows = rows
            digest = hex(Digest.sha256(bytes))
        }
    }

    init(json: JSON) { self.json = json }

    init(_ report: Report, files: [File], correction: JSON?, now: Timestamp) {
        let period = report.period
        var object = JSONObject()
        object["report"] = .string(report.kind.rawValue)
        object["version"] = .int(Int64(Migrations.latest))
        object["period"] = [
            "name": .string(period.name), "from": .string(period.first.description),
            "to": .string(period.last.description), "zone": .string(period.zone),
            "start": .string(period.start.description), "end": .string(period.end.description),
            "complete": .bool(report.isComplete(at: now)),
        ]
        object["tenant"] = report.tenant.map { .string($0) } ?? .null
        object["currency"] = report.currency.map { .string($0.code) } ?? .null
        object["rates"] = .array(report.rates.map(\.json))
        object["rows"] = .int(Int64(report.main.rows.count))
        object["totals"] = Self.totals(report)
        object["missing_prices"] = .array(
            report.missing.map {
                [
                    "provider": .string($0.provider), "channel": .string($0.channel.rawValue),
                    "country": .string($0.country), "attempts": .int($0.attempts),
                ]
            })
        object["files"] = .array(
            files.map {
                [
                    "name": .string($0.name), "rows": .int(Int64($0.rows)), "bytes": .int(Int64($0.bytes.count)),
                    "sha256": .string($0.digest),
                ]
            })
        object["ledger"] = [
            "slice": .int(report.position.slice), "before_transaction": .string(report.position.transaction),
        ]
        object["made_at"] = .string(now.description)
        if let correction { object["correction"] = correction }
        json = .object(object)
    }

    static func totals(_ report: Report) -> JSON {
        .array(
            report.totals.map { total in
                var object = JSONObject()
                object["currency"] = .string(total.currency)
                object["messages"] = .int(total.messages)
                object["attempts"] = .int(total.attempts)
                object["segments"] = .int(total.segments)
                object["amount"] = .string(PriceText.decimal(total.cost))
                object["unpriced"] = .int(total.unpriced)
                if let currency = report.currency {
                    object["amount_\(currency.code.lowercased())"] = .string(PriceText.decimal(total.converted))
                }
                return .object(object)
            })
    }

    /// One value a line: people read it.
    var bytes: [UInt8] {
        var out: [UInt8] = []
        Self.write(json, indent: 0, to: &out)
        out.append(0x0A)
        return out
    }

    private static func write(_ json: JSON, indent: Int, to out: inout [UInt8]) {
        func newLine(_ indent: Int) {
            out.append(0x0A)
            out.append(contentsOf: repeatElement(0x20, count: indent))
        }
        switch json {
        case .object(let object) where indent < 6 && !object.isEmpty:
            out.append(0x7B)
            for (place, (key, value)) in object.enumerated() {
                if place > 0 { out.append(0x2C) }
                newLine(indent + 2)
                JSON.string(key).write(to: &out)
                out.append(contentsOf: ": ".utf8)
                write(value, indent: indent + 2, to: &out)
            }
            newLine(indent)
            out.append(0x7D)
        case .array(let items) where indent < 6 && !items.isEmpty:
            out.append(0x5B)
            for (place, item) in items.enumerated() {
                if place > 0 { out.append(0x2C) }
                newLine(indent + 2)
                item.write(to: &out)
            }
            newLine(indent)
            out.append(0x5D)
        default: json.write(to: &out)
        }
    }

    // MARK: Reading one

    var files: [(name: String, digest: String)] {
        (json["files"]?.arrayValue ?? []).map { ($0["name"]?.stringValue ?? "", $0["sha256"]?.stringValue ?? "") }
    }

    var isComplete: Bool { json["period"]?["complete"]?.boolValue ?? false }

    /// How another report differs in what it was made for; nil where it does not.
    func mismatch(with report: Report) -> String? {
        let zone = json["period"]?["zone"]?.stringValue ?? ""
        if zone != report.period.zone { return "in the time zone \(zone)" }
        let currency = json["currency"]?.stringValue
        if currency != report.currency?.code {
            return currency.map { "with amounts in \($0)" } ?? "without another currency"
        }
        return nil
    }
}
