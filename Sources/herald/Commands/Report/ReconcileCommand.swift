import Domain
import Reports
import Storage

/// `herald report reconcile`: a provider's invoice against the ledger, message by message.
enum ReconcileCommand {
    static let command = Command(
        "report reconcile",
        "hold a provider's invoice against the ledger, message by message; exit code 3 on a difference",
        operands: "INVOICE.csv",
        options: [
            .value("provider", "P", "whose invoice it is"),
            .value("month", "MONTH", "what it bills, such as 2026-03"),
            .value("from", "DAY", "or the first day"), .value("to", "DAY", "and the last day"),
            .value("tz", "ZONE", "whose days they are: see the invoice (default UTC)"),
            .value("currency", "CODE", "of an invoice that names none"),
            .value("tolerance", "AMOUNT", "differences up to this one are none (default 0)"),
            .value(
                "reference-column", "NAME", "where the messages' references stand, if their column isn't recognised"),
            .value("amount-column", "NAME", "where the amounts stand"),
            .value("currency-column", "NAME", "where the currencies stand"),
            .value("out", "FILE", "all differences as CSV"),
        ],
        example: "herald report reconcile twilio-2026-03.csv --provider twilio-main --month 2026-03", run: run)

    private static let shown = 10

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let path = arguments.operands[0]
        guard let bytes = ReportFile.read(path) else {
            throw CommandError.failed("\(path) could not be read. Is it there, and a file?")
        }
        var columns: [String: String] = [:]
        for meaning in ["reference", "amount", "currency"] { columns[meaning] = arguments.text(meaning + "-column") }
        let invoice = try Invoice(bytes, path: path, columns: columns)
        let currency = try ReportChoice.currency(arguments)?.code ?? ""
        var tolerance: Int64 = 0
        if let text = arguments.text("tolerance") {
            do throws(PriceText.Fault) { tolerance = try PriceText.micros(text) } catch {
                throw CommandError.usage("--tolerance: \(error).")
            }
        }
        let name = try arguments.required("provider")
        guard arguments.text("month") != nil || arguments.text("from") != nil else {
            throw CommandError.usage("Say what the invoice bills: --month 2026-03, or --from and --to.")
        }
        let installation = try await Installation.open(arguments)
        let period = try await ReportChoice(arguments, installation).period(
            arguments.text("month") == nil ? .range : .month, arguments, now: .now)
        let provider = try await installation.provider(name)
        let outcome = try await ReconciliationStore(database: installation.database).reconcile(
            provider: provider.id, from: period.start, to: period.end,
            lines: invoice.lines.map {
                .init(
                    number: $0.number, reference: $0.reference, micros: $0.micros,
                    currency: $0.currency.isEmpty ? currency : $0.currency)
            }, tolerance: tolerance)
        if let out = arguments.text("out") {
            let file = try FileOutput(out, screen: screen)
            try file.write(table(outcome.findings).csv)
            try file.close()
        }
        show(outcome, invoice, period, name, screen)
        return outcome.findings.isEmpty ? .done : .doneWithRejects
    }

    private static let titles: [(ReconciliationStore.Finding.Kind, String)] = [
        (.onlyTheirs, "only in the invoice"), (.onlyOurs, "only in the ledger"), (.price, "another price"),
    ]

    private static func show(
        _ outcome: ReconciliationStore.Outcome, _ invoice: Invoice, _ period: ReportPeriod, _ provider: String,
        _ screen: Screen
    ) {
        let found = invoice.columns.map { "\($0.meaning): “\($0.column)”" }.joined(separator: ", ")
        screen.line("\(grouped(invoice.lines.count)) lines of \(provider) for \(period.name) (\(found))")
        let groups = Dictionary(grouping: outcome.findings, by: \.kind)
        var rows = [["matched", grouped(outcome.matched), costs(outcome.matchedCost), costs(outcome.matchedCost)]]
        for (kind, title) in titles {
            let findings = groups[kind] ?? []
            rows.append([
                title, grouped(findings.count), costs(sum(findings, \.theirs, \.theirCurrency)),
                costs(sum(findings, \.ours, \.ourCurrency)),
            ])
        }
        screen.table(["", "MESSAGES", "THEIRS", "OURS"], rows, rightAligned: [1, 2, 3])
        for (kind, title) in titles {
            guard let findings = groups[kind] else { continue }
            screen.line()
            screen.line("\(title)\(findings.count > shown ? " (the first \(shown); --out FILE has all)" : ""):")
            let table = table(Array(findings.prefix(shown)))
            screen.table(
                table.columns.map { $0.uppercased() }, table.rows.map { $0.map(ReportText.cell) },
                rightAligned: [2, 3, 5])
        }
        screen.json([
            "provider": .string(provider), "period": .string(period.name), "lines": .int(Int64(invoice.lines.count)),
            "matched": .int(outcome.matched),
            "matched_cost": .array(
                outcome.matchedCost.sorted { $0.key < $1.key }.map {
                    ["currency": .string($0.key), "cost": .string(PriceText.decimal($0.value))]
                }),
            "findings": table(outcome.findings).json,
        ])
    }

    private static func sum(
        _ findings: [ReconciliationStore.Finding], _ amount: KeyPath<ReconciliationStore.Finding, Int64?>,
        _ currency: KeyPath<ReconciliationStore.Finding, String>
    ) -> [String: Int64] {
        findings.reduce(into: [:]) { sums, finding in
            if let value = finding[keyPath: amount] { sums[finding[keyPath: currency], default: 0] += value }
        }
    }

    private static func costs(_ sums: [String: Int64]) -> String {
        sums.sorted { $0.key < $1.key }.map { amount($0.value, $0.key) }.joined(separator: ", ")
    }

    private static func table(_ findings: [ReconciliationStore.Finding]) -> ReportTable {
        ReportTable(
            title: "Differences",
            columns: [
                "kind", "reference", "line", "theirs", "their_currency", "ours", "our_currency", "message", "sent_at",
            ], keys: 2,
            rows: findings.map { finding in
                [
                    .text(finding.kind.rawValue), .text(finding.reference), finding.line.map { .number($0) } ?? .empty,
                    finding.theirs.map { .money($0) } ?? .empty, .text(finding.theirCurrency),
                    finding.ours.map { .money($0) } ?? .empty, .text(finding.ourCurrency),
                    finding.message.map { .number($0) } ?? .empty, .text(finding.sent?.description ?? ""),
                ]
            })
    }
}
