import HTTPServer

extension HTTPRequest {
    /// Whether a table is asked for rather than JSON: it is named, and JSON is not named before it.
    var prefersCSV: Bool {
        for part in (headers["accept"] ?? "").lowercased().split(separator: ",") {
            let type = part.split(separator: ";").first.map { $0.filter { $0 != " " } }
            if type == "text/csv" { return true }
            if type == "application/json" { return false }
        }
        return false
    }
}
