import Domain
import Ingest
import Jobs
import Storage

/// What somebody says of a campaign: everything but its recipients. Kept as it came with a draft, and read again when
/// that is filled.
struct CampaignForm: Sendable {
    /// What decides how recipients are read and whether they may be sent to.
    struct Reading: Sendable, Hashable {
        var template = ""
        var version: Int64?
        var category = Category.marketing
        var priority: Priority?
        /// Nil: the template's alone.
        var channels: ChannelChoice?
        /// Nil: the address; with several channels the external id where there is one.
        var dedupe: DedupeKey?
        var region: Region?
        var columns: [String: String] = [:]
        var delimiter: UInt8?
        var hasHeader = true
    }

    private(set) var reading = Reading()
    private(set) var name: String?
    private(set) var sendAt: Timestamp?
    private(set) var overdueLimit: Duration?
    private(set) var expiry: Duration?
    private(set) var again = false
    private(set) var starts: Bool?
    /// As it came, without recipients.
    let json: JSON

    private static let furthestAhead: Duration = .seconds(366 * 86_400)
    private static let delimiters: [String: UInt8] = ["comma": 0x2C, "semicolon": 0x3B, "tab": 0x09, "pipe": 0x7C]

    /// Whether `json` says enough to begin with the recipients.
    static func tellsHowToRead(_ json: JSON) -> Bool { json["template"] != nil && json["category"] != nil }

    /// `recipients` stands for the list that was taken out.
    init(_ json: JSON, now: Timestamp) throws(Problem) {
        let faults = FieldReader.Faults()
        let reader = FieldReader(json, faults: faults)
        var kept = json.objectValue ?? JSONObject()
        kept["recipients"] = nil
        self.json = .object(kept)
        name = reader.text("name", max: 200)
        readTemplate(reader)
        if reader.required("category") != nil, let category = reader.choice("category", of: Category.self) {
            reading.category = category
        }
        if let word = reader.text("priority") {
            reading.priority = Priority(word: word)
            if reading.priority == nil {
                reader.fault("priority", "choice", "priority must be one of critical, high, normal, low.")
            }
        }
        readChannels(reader)
        readTimes(reader, now)
        reading.dedupe = reader.choice("dedupe", of: DedupeKey.self)
        again = reader.flag("again") ?? false
        starts = reader.flag("start")
        readFile(reader)
        if reader.value("recipients") != nil {
            reader.fault(
                "recipients", "type", "recipients must be a list of objects, its name written without escapes.")
        }
        reader.refuseOthers()
        try faults.throwIfAny()
    }

    private mutating func readTemplate(_ reader: FieldReader) {
        guard let value = reader.required("template") else { return }
        if value.objectValue != nil {
            guard let inner = reader.reader("template") else { return }
            if inner.required("name") != nil { reading.template = inner.text("name") ?? "" }
            reading.version = inner.integer("version", in: 1...Int64(Int32.max))
            inner.refuseOthers()
        } else {
            reading.template = reader.text("template") ?? ""
        }
    }

    private mutating func readChannels(_ reader: FieldReader) {
        guard let value = reader.value("channel") else { return }
        if value.stringValue == "cheapest" {
            reading.channels = .cheapest
            return
        }
        let order = (value.arrayValue ?? [value]).map { $0.stringValue.flatMap { Channel(rawValue: $0) } }
        guard !order.isEmpty, !order.contains(nil) else {
            let words = Channel.allCases.map(\.rawValue).joined(separator: ", ")
            reader.fault("channel", "choice", "channel must be one of \(words), a list of them, or cheapest.")
            return
        }
        reading.channels = .order(order.compactMap(\.self))
    }

    private mutating func readTimes(_ reader: FieldReader, _ now: Timestamp) {
        sendAt = reader.time("send_at")
        if let sendAt, sendAt - now > Self.furthestAhead {
            reader.fault("send_at", "range", "send_at is more than a year ahead.")
        }
        // What was due is sent at once.
        if let due = sendAt, due <= now { sendAt = nil }
        overdueLimit = reader.integer("overdue_limit", in: 1...31 * 86_400).map { .seconds($0) }
        expiry = reader.integer("expires_in", in: 1...31 * 86_400).map { .seconds($0) }
    }

    private mutating func readFile(_ reader: FieldReader) {
        if let code = reader.text("region", max: 2) {
            reading.region = Region(code)
            if reading.region == nil {
                reader.fault("region", "region", "region must be a country of two letters, such as SG.")
            }
        }
        for (role, header) in reader.object("columns") ?? JSONObject() {
            guard let header = header.stringValue else {
                reader.fault("columns", "type", #"columns maps roles to names of columns, such as {"phone": "Handy"}."#)
                break
            }
            reading.columns[role] = header
        }
        if let word = reader.text("delimiter", max: 10) {
            let byte = word.utf8.first ?? 0
            let isOne = word.utf8.count == 1 && byte < 0x80 && byte != 0x22
            reading.delimiter = Self.delimiters[word] ?? (isOne ? byte : nil)
            if reading.delimiter == nil {
                reader.fault("delimiter", "choice", "delimiter must be comma, semicolon, tab, pipe or one character.")
            }
        }
        reading.hasHeader = reader.flag("header") ?? true
    }
}
