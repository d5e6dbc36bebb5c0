import Domain

/// What a provider says it charged: the lines of an invoice, its columns found by their names.
package struct Invoice: Sendable {
    package struct Line: Sendable, Hashable {
        package let number: Int
        package let reference: String
        package let micros: Int64
        /// Empty where the invoice names none.
        package let currency: String
    }

    package let lines: [Line]
    /// Column by meaning, as they were found.
    package let columns: [(meaning: String, column: String)]

    private static let references = [
        "reference", "provider reference", "message id", "messageid", "message sid", "sid", "msgid", "msg id", "id",
        "message uuid", "uuid", "message reference", "smsid", "sms id", "external id", "transaction id",
    ]
    private static let amounts = [
        "amount", "price", "cost", "total", "charge", "total price", "total cost", "net amount", "price total",
        "billed",
        "total amount", "charged amount",
    ]
    private static let currencies = ["currency", "price unit", "currency code", "cost currency", "price currency"]

    /// `path` is for what is said about a fault.
    package init(_ bytes: [UInt8], path: String, columns wanted: [String: String] = [:]) throws(ReportError) {
        let document: CSVDocument
        do throws(CSVDocument.Fault) { document = try CSVDocument(bytes) } catch {
            throw .invoice(path: path, reason: "It can't be read as CSV: \(error).")
        }
        func find(_ meaning: String, _ names: [String]) throws(ReportError) -> Int? {
            let words = document.header.map(Self.word)
            if let column = wanted[meaning] {
                if let place = words.firstIndex(of: Self.word(column)) { return place }
                throw .invoice(
                    path: path, reason: "It has no column “\(column)”. It has: \(Self.list(document.header)).")
            }
            for name in names {
                let places = words.indices.filter { words[$0] == name }
                if places.count > 1 {
                    throw .invoice(
                        path: path, reason: "It has the column “\(document.header[places[0]])” twice. Remove one.")
                }
                if let place = places.first { return place }
            }
            return nil
        }
        guard let reference = try find("reference", Self.references) else {
            throw Self.missing("messages' references", "reference", document, path)
        }
        guard let amount = try find("amount", Self.amounts) else {
            throw Self.missing("amounts", "amount", document, path)
        }
        let currency = try find("currency", Self.currencies)
        var lines: [Line] = []
        for row in document.rows {
            func cell(_ place: Int) -> String { place < row.cells.count ? Self.trimmed(row.cells[place]) : "" }
            if row.cells.allSatisfy({ Self.trimmed($0).isEmpty }) { continue }
            // Totals stand below the messages and name none.
            if cell(reference).isEmpty { continue }
            guard let micros = Self.micros(cell(amount), isDecimalComma: document.delimiter != 0x2C) else {
                throw .invoice(
                    path: path,
                    reason: "Line \(row.line): “\(cell(amount).prefix(40))” is no amount. Write it as 0.0425.")
            }
            var code = ""
            if let currency, !cell(currency).isEmpty {
                do throws(CurrencyFault) { code = try Currency(named: cell(currency)).code } catch {
                    throw .invoice(path: path, reason: "Line \(row.line): \(error)")
                }
            }
            lines.append(Line(number: row.line, reference: cell(reference), micros: micros, currency: code))
        }
        guard !lines.isEmpty else { throw .invoice(path: path, reason: "No line of it names a message.") }
        self.lines = lines
        columns =
            [("reference", document.header[reference]), ("amount", document.header[amount])]
            + (currency.map { [("currency", document.header[$0])] } ?? [])
    }

    private static func missing(
        _ what: String, _ option: String, _ document: CSVDocument, _ path: String
    ) -> ReportError {
        .invoice(
            path: path,
            reason: "None of its columns seems to hold the \(what): it has \(list(document.header)). "
                + "Name it with --\(option)-column.")
    }

    private static func list(_ header: [String]) -> String {
        header.prefix(20).map { "“\($0.prefix(40))”" }.joined(separator: ", ") + (header.count > 20 ? ", …" : "")
    }

    /// `Message-SID`, `message_sid` and `MESSAGE SID` are one.
    private static func word(_ column: String) -> String {
        var out = ""
        for scalar in trimmed(column).lowercased().unicodeScalars {
            switch scalar {
            case "_", "-", ".", " ", "\u{A0}": if !out.hasSuffix(" ") { out += " " }
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func trimmed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else {
            return ""
        }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    /// Credit or debit, the amount counts. A comma is a decimal one where cells are not separated by commas.
    private static func micros(_ text: String, isDecimalComma: Bool) -> Int64? {
        var bytes = Array(text.utf8)
        if isDecimalComma, !bytes.contains(0x2E), bytes.filter({ $0 == 0x2C }).count == 1,
            let comma = bytes.firstIndex(of: 0x2C)
        {
            bytes[comma] = 0x2E
        }
        return PriceText.reported(bytes)
    }
}
