import Domain
import Ingest

/// What a campaign remembers of its file: the columns and how they were read. Stored as JSON with the
/// campaign; the names are what its template is bound to.
package struct ColumnsRecord: Sendable, Hashable {
    package var columns: [UploadColumnRecord]
    package var format: String
    package var encoding: String
    package var delimiter: String?
    package var isGzip: Bool
    package var notes: [String]
    package var repaired: [String: Int]
    /// The channels that follow the first, or from which the cheapest is chosen.
    package var channels: [Channel] = []
    package var isCheapest = false
    /// The countries that the recipients' addresses lead to, so that leave to send there can be looked at again.
    package var regions: [AddressField: Set<Region>] = [:]

    package struct UploadColumnRecord: Sendable, Hashable {
        package var header: String
        package var name: String
        package var role: String
    }

    /// For messages that don't come from a file.
    init(columns: [UploadColumnRecord], format: String) {
        self.columns = columns
        self.format = format
        encoding = "UTF-8"
        delimiter = nil
        isGzip = false
        notes = []
        repaired = [:]
    }

    package init(_ summary: UploadSummary) {
        columns = summary.columns.columns.map {
            UploadColumnRecord(header: $0.header, name: $0.name, role: $0.role.rawValue)
        }
        format = summary.format.kind.rawValue
        encoding = summary.format.encoding.rawValue
        delimiter = summary.format.delimiterName
        isGzip = summary.format.isGzip
        notes = summary.columns.notes
        repaired = summary.repaired
    }

    /// The names that templates use, in the order of the cells.
    package var names: [String] { columns.map(\.name) }
    package var headers: [String] { columns.map(\.header) }
    package func place(of role: ColumnRole) -> Int? { columns.firstIndex { $0.role == role.rawValue } }

    package var json: JSON {
        var record: JSON = [
            "columns": .array(
                columns.map { ["header": .string($0.header), "name": .string($0.name), "role": .string($0.role)] }),
            "format": .string(format), "encoding": .string(encoding),
            "delimiter": delimiter.map { .string($0) } ?? .null, "gzip": .bool(isGzip),
            "notes": .array(notes.map { .string($0) }),
            "repaired": JSON(counts: repaired),
        ]
        guard var object = record.objectValue else { return record }
        if !regions.isEmpty { object["countries"] = regionsJSON }
        record = .object(object)
        guard !channels.isEmpty else { return record }
        object["channels"] = .array(channels.map { .string($0.rawValue) })
        object["cheapest"] = .bool(isCheapest)
        record = .object(object)
        return record
    }

    package init(json text: String) throws(JSONError) {
        let json = try JSON.parse(text)
        columns = (json["columns"]?.arrayValue ?? []).map {
            UploadColumnRecord(
                header: $0["header"]?.stringValue ?? "", name: $0["name"]?.stringValue ?? "",
                role: $0["role"]?.stringValue ?? "")
        }
        format = json["format"]?.stringValue ?? ""
        encoding = json["encoding"]?.stringValue ?? ""
        delimiter = json["delimiter"]?.stringValue
        isGzip = json["gzip"]?.boolValue ?? false
        notes = (json["notes"]?.arrayValue ?? []).compactMap(\.stringValue)
        channels = (json["channels"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap(Channel.init(rawValue:)) }
        isCheapest = json["cheapest"]?.boolValue ?? false
        regions = Self.regions(json["countries"])
        repaired = [:]
        for (key, value) in json["repaired"]?.objectValue ?? JSONObject() {
            repaired[key] = value.intValue.map { Int($0) }
        }
    }
}

extension JSON {
    /// Counts by name, in the order of the names.
    package init(counts: [String: Int]) {
        var object = JSONObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { object[name] = .int(Int64(count)) }
        self = .object(object)
    }
}
