import HTTPServer

/// In which form a report is wanted: the first of the named types that there is; JSON where none is named.
enum ReportForm: String, CaseIterable {
    case json = "application/json"
    case csv = "text/csv"
    case workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    init(_ request: HTTPRequest, among forms: [ReportForm]) {
        for part in (request.headers["accept"] ?? "").lowercased().split(separator: ",") {
            let type = part.split(separator: ";").first.map { $0.filter { $0 != " " } } ?? ""
            if let form = ReportForm(rawValue: type), forms.contains(form) {
                self = form
                return
            }
        }
        self = .json
    }
}
