import Domain
import Ingest
import Jobs
import Senders
import Storage

/// A file of receipts: callbacks as they came, one a line (a JSON body, a form, or an object with `body`, `url`,
/// `content_type` and `headers`), or a CSV with the columns reference or message, and state; at, reason, price and
/// currency may follow; or a mail that came back over SMTP.
struct ReceiptFile {
    private let path: String
    private let provider: ProviderAccount
    private let arguments: Arguments
    private static let columns: Set<String> = ["reference", "message", "state", "at", "reason", "price", "currency"]

    init(_ path: String, provider: ProviderAccount, arguments: Arguments) {
        self.path = path
        self.provider = provider
        self.arguments = arguments
    }

    func read(
        rejecting reject: (_ line: Int, _ why: String) -> Void,
        unbooked: (_ line: Int, _ currency: String) -> Void = { _, _ in },
        _ body: (ProviderCallback) async throws -> Void
    ) async throws {
        let format = arguments.text("format") ?? usualFormat
        switch format {
        case "csv":
            try await RecordReader.read(path, names: Self.columns) { record in
                if let fault = record.fault { return reject(record.line, fault) }
                do {
                    let status = try self.status(record)
                    if let code = status.foreignCurrency { unbooked(record.line, code) }
                    try await body(
                        ImportedReceipt.callback(provider: provider.name, receivedAt: .now, status))
                } catch let error as CommandError {
                    reject(record.line, error.description)
                }
            }
        case "lines":
            var lines = LineReader(try ImportSource.open(path))
            var number = 0
            while let range = try lines.next() {
                number += 1
                let line = Array(lines.bytes[range])
                if line.contains(where: { $0 > 0x20 }) { try await body(callback(line)) }
            }
        case "mail": try await body(mail())
        default: throw CommandError.usage("--format is csv, lines or mail, not “\(format)”.")
        }
    }

    private var usualFormat: String {
        let name = path.lowercased()
        return name.hasSuffix(".csv") ? "csv" : name.hasSuffix(".eml") ? "mail" : "lines"
    }

    /// The beginning of it, which says all: behind it stands the mail that was returned.
    private func mail() throws -> ProviderCallback {
        let bytes = try ImportSource.bytes(path, limit: 64 << 20)
        return ProviderCallback(
            provider: provider.name, receivedAt: .now, kind: provider.kind, contentType: MailReportReader.contentType,
            body: Array(bytes.prefix(MailReportReader.longest)), method: "POST")
    }

    // MARK: CSV

    private func status(_ record: ImportRecord) throws -> ReceiptStatus {
        let values = Dictionary(record.values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        guard let word = values["state"], let state = Self.state(word) else {
            throw CommandError.failed(
                "The state is one of \(ReceiptState.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        var status = ReceiptStatus(state: state, reason: values["reason"] ?? "")
        status.references = [values["reference"]].compactMap { $0 }
        if let message = values["message"] {
            guard let number = Int64(message) else { throw CommandError.failed("“\(message)” is no message's number.") }
            status.message = MessageID(rawValue: number)
        }
        guard status.message != nil || !status.references.isEmpty else {
            throw CommandError.failed("The row has neither a reference nor a message.")
        }
        status.at = try values["at"].map { try TimeText.instant($0, zone: "UTC", now: .now, as: .start) }
        if let price = values["price"] {
            guard let micros = PriceText.reported(Array(price.utf8)),
                let code = values["currency"] ?? arguments.text("currency")
            else { throw CommandError.failed("A price is a number such as 0.0075, with a currency such as EUR.") }
            status.setCost(micros, in: code)
        }
        return status
    }

    /// The words of `ReceiptState`, and what vendors' exports say for a bounce.
    private static func state(_ word: String) -> ReceiptState? {
        let plain = word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        switch plain {
        case "bounced", "bounce", "hardbounce": return .bouncedHard
        case "softbounce": return .bouncedSoft
        case "complaint": return .complained
        default: return ReceiptState.allCases.first { $0.rawValue.lowercased() == plain }
        }
    }

    // MARK: Lines

    private func callback(_ line: [UInt8]) -> ProviderCallback {
        let start = line.first { $0 > 0x20 }
        let isJSON = start == UInt8(ascii: "{") || start == UInt8(ascii: "[")
        var callback = ProviderCallback(
            provider: provider.name, receivedAt: .now, kind: provider.kind,
            contentType: isJSON ? "application/json" : "application/x-www-form-urlencoded", body: line, method: "POST")
        guard isJSON, let object = (try? JSON.parse(line))?.objectValue, let body = object["body"]?.stringValue,
            object.keys.allSatisfy({ ["body", "url", "content_type", "headers"].contains($0) })
        else { return callback }
        callback.body = Array(body.utf8)
        callback.url = object["url"]?.stringValue ?? ""
        callback.contentType = object["content_type"]?.stringValue ?? "application/x-www-form-urlencoded"
        callback.headers = (object["headers"]?.objectValue ?? JSONObject()).map {
            ProviderCallback.Header(name: $0.0, value: $0.1.text)
        }
        return callback
    }
}
