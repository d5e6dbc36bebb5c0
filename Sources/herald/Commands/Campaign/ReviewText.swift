import Domain
import Ingest
import Jobs

/// What `campaign check` shows.
struct ReviewText {
    private let review: CampaignReview
    private let file: String
    private let hasRoute: Bool
    private let outlooks: [BudgetOutlook]

    init(_ review: CampaignReview, file: String, hasRoute: Bool, outlooks: [BudgetOutlook] = []) {
        self.review = review
        self.file = file
        self.hasRoute = hasRoute
        self.outlooks = outlooks
    }

    private var rejected: [(String, Int)] {
        review.summary.rejectedByCode.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    func show(on screen: Screen) {
        let summary = review.summary
        let format = summary.format
        var read = [format.kind.rawValue, format.encoding.rawValue]
        if let delimiter = format.delimiterName { read.append(delimiter) }
        if let ending = format.lineEnding { read.append(ending.rawValue) }
        if format.isGzip { read.append("gzip") }
        screen.line("\(file): \(read.joined(separator: ", "))")
        screen.table(
            ["column", "read as"],
            summary.columns.columns.map {
                [$0.header, $0.role == .data ? "{{ \(Self.field($0.name)) }}" : $0.role.rawValue]
            })
        for note in summary.columns.notes { screen.line(note) }
        screen.line()
        var rows = [
            ["rows", grouped(summary.rows)], ["valid", grouped(summary.accepted)],
            ["rejected", grouped(summary.rejectedRows)],
        ]
        rows += rejected.map { ["  " + $0.0, grouped($0.1)] }
        rows += summary.repaired.sorted { $0.key < $1.key }.map { ["  repaired: \($0.key)", grouped($0.value)] }
        rows.append(["duplicates", grouped(summary.duplicates.count)])
        rows.append(["opted out", grouped(review.refused["opted_out"] ?? 0)])
        for (reason, count) in review.refused.sorted(by: { $0.key < $1.key }) where reason != "opted_out" {
            rows.append([reason, grouped(count)])
        }
        rows += review.unrenderable.sorted { $0.key < $1.key }.map { [$0.key, grouped($0.value)] }
        rows.append(["segments", grouped(review.segments)])
        screen.table(["", ""], rows, rightAligned: [1])
        if !review.costs.isEmpty {
            screen.line()
            screen.table(
                ["provider", "country", "messages", "cost"],
                review.costs.prefix(12).map {
                    [$0.provider, $0.country, grouped($0.messages), amount($0.micros, $0.currency)]
                },
                rightAligned: [2, 3])
            for (currency, micros) in totals { screen.line("In all \(amount(micros, currency)).") }
        } else if !hasRoute {
            screen.line("No provider serves this channel yet: `herald route add --help`.")
        }
        if !review.unpriced.isEmpty {
            let count = review.unpriced.reduce(0) { $0 + $1.messages }
            let places = review.unpriced.prefix(12).map { "\($0.provider) \($0.country) (\(grouped($0.messages)))" }
            screen.line(
                "\(grouped(count)) \(count == 1 ? "message has" : "messages have") no price: \(places.joined(separator: ", ")). "
                    + "`herald price add --help` shows how to add one.")
        }
        for outlook in outlooks { screen.line(outlook.sentence) }
        for message in review.preview {
            screen.line()
            screen.line(
                "line \(message.line), to \(message.to)\(message.subject.isEmpty ? "" : ": " + message.subject.printable())"
            )
            screen.line("  " + message.text.printable())
        }
    }

    /// A column's name as a template can write it.
    private static func field(_ name: String) -> String {
        String(name.map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    private var totals: [(String, Int64)] {
        review.amounts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var json: JSON {
        let summary = review.summary
        let record = ColumnsRecord(summary)
        return [
            "file": .string(file), "read": record.json, "rows": .int(Int64(summary.rows)),
            "valid": .int(Int64(summary.accepted)), "rejected": .int(Int64(summary.rejectedRows)),
            "rejected_by": JSON(counts: summary.rejectedByCode), "repaired": JSON(counts: summary.repaired),
            "duplicates": .int(Int64(summary.duplicates.count)),
            "opted_out": .int(Int64(review.refused["opted_out"] ?? 0)), "refused": JSON(counts: review.refused),
            "segments": .int(Int64(review.segments)), "fingerprint": .string(summary.fingerprintText),
            "cost": .array(
                review.costs.map {
                    [
                        "provider": .string($0.provider), "country": .string($0.country),
                        "currency": .string($0.currency),
                        "messages": .int(Int64($0.messages)), "micros": .int($0.micros),
                    ]
                }),
            "unpriced": .array(review.unpriced.map(\.unpricedJSON)),
            "budgets": .array(outlooks.map(\.json)),
            "preview": .array(
                review.preview.map {
                    [
                        "line": .int(Int64($0.line)), "to": .string($0.to), "subject": .string($0.subject),
                        "text": .string($0.text),
                    ]
                }),
        ]
    }
}
