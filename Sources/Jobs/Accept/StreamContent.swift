import Domain
import Ingest
import Storage

/// A template as messages that come one by one use it: its fields are the columns of the stream.
package struct StreamContent: Sendable {
    package let template: TemplateVersion
    static let format = "api"
    /// The same text for the same template, because it is part of what tells streams apart.
    package let columns: String
    private let names: [String]
    var columnCount: Int { names.count }
    private let localePlace: Int?
    private let orderPlace: Int?
    private let content: TemplateContent

    /// `ordered`: its messages say in whose line they stand, and belong to streams of their own.
    package init(_ template: TemplateVersion, ordered: Bool = false) throws {
        self.template = template
        let message = try MessageTemplate(json: JSON.parse(template.content))
        var columns = try message.fields().map {
            ColumnsRecord.UploadColumnRecord(header: $0.name, name: $0.name, role: ColumnRole.data.rawValue)
        }
        if message.contents.count > 1 {
            columns.append(.init(header: "", name: "", role: ColumnRole.locale.rawValue))
            localePlace = columns.count - 1
        } else {
            localePlace = nil
        }
        if ordered { columns.append(.init(header: "", name: "", role: ColumnRole.orderingKey.rawValue)) }
        orderPlace = ordered ? columns.count - 1 : nil
        names = columns.map(\.name)
        let record = ColumnsRecord(columns: columns, format: Self.format)
        self.columns = record.json.text
        content = try TemplateContent.Source(template).bind(record)
    }

    /// One recipient's fields, as a shard's body holds them.
    package struct Cells: Sendable {
        package fileprivate(set) var text: [UInt8] = []
        package fileprivate(set) var fields: [FieldRange] = []
    }

    /// A field that the message can't do without.
    package struct FieldMissing: Error, Sendable, Hashable {
        package let name: String
    }

    /// What the template does not read is left out: it would only be kept without a purpose.
    package func cells(
        _ data: JSONObject, locale: String, orderingKey: String = ""
    ) throws(FieldMissing) -> Cells {
        var cells = Cells()
        cells.fields.reserveCapacity(names.count)
        for (place, name) in names.enumerated() {
            let start = cells.text.count
            var kind = FieldRange.Kind.string
            if place == localePlace {
                cells.text.append(contentsOf: locale.utf8)
            } else if place == orderPlace {
                cells.text.append(contentsOf: orderingKey.utf8)
            } else {
                switch data[name] {
                case nil, .null?: break
                case .string(let text)?: cells.text.append(contentsOf: text.utf8)
                case let value?:
                    kind = .json
                    value.write(to: &cells.text)
                }
            }
            cells.fields.append(FieldRange(start: start, count: cells.text.count - start, kind: kind))
        }
        if let missing = content.missing(cells.text.span, cells.fields.span) {
            throw FieldMissing(name: names[missing])
        }
        return cells
    }
}
