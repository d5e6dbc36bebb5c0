import Domain
import HTTPServer
import Ingest
import Storage

/// What those who send recipients are told when none of them can be taken.
enum UploadProblem {
    /// Runs an upload; what can go wrong with one comes out as the API says it.
    static func told(
        _ body: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do { return try await body() } catch let error as IngestError {
            throw problem(error)
        } catch let refusal as DraftRefusal {
            throw problem(refusal)
        } catch let earlier as UploadWriter.AlreadySent {
            throw Problem(
                .wrongState,
                "These recipients had this template within a day: campaign \(earlier.campaign) of \(earlier.at). "
                    + "Nothing was kept; with \"again\": true they are taken all the same.", rule: "already_sent")
        }
    }

    static func problem(_ refusal: DraftRefusal) -> Problem {
        switch refusal {
        case .isNoDraft:
            Problem(.wrongState, "The campaign is no draft any more: its recipients can't be changed.", rule: "state")
        case .isBeingFilled:
            Problem(
                .wrongState, "Recipients of this campaign are arriving at this moment.", rule: "being_filled",
                retryAfter: .seconds(5))
        case .keyIsBusy:
            Problem(.keyIsBusy, "Wait for its answer, or ask again in a moment.", retryAfter: .seconds(1))
        }
    }

    private static func problem(_ error: IngestError) -> Problem {
        switch error {
        case .storeFailed:
            Problem(
                .unavailable, "The recipients could not be stored; nothing of them was kept. Send them again.",
                retryAfter: .seconds(2))
        case .readFailed, .cancelled, .cannotOpen:
            Problem(.unavailable, "Not all recipients arrived; nothing of them was kept. Send them again.")
        case .spillFailed:
            Problem(.storageFull, "The temporary folder can't be used; nothing was kept.", retryAfter: .seconds(30))
        case .noColumn(let role, let headers):
            invalid("no_column", "No column looks like a \(role). \(naming(role)) There are: \(list(headers)).")
        case .ambiguousColumn(let role, let headers):
            invalid("ambiguous_column", "Several columns could be the \(role): \(list(headers)). \(naming(role))")
        case .mappedColumnMissing(let role, let header, let headers):
            invalid("no_column", "columns says that \(role) is “\(shown(header))”, and there are: \(list(headers)).")
        case .mappedTwice(let header):
            invalid("mapped_twice", "columns names “\(shown(header))” twice.")
        case .noHeader:
            invalid(
                "no_header",
                "The first line looks like a recipient. Add a header line, or make the campaign with \"header\": false."
            )
        case .templateNeeds(let reason): invalid("template_needs", reason)
        case .empty, .headerOnly: invalid("no_recipients", "There are no recipients.")
        default: invalid("format", "\(error)")
        }
    }

    private static func invalid(_ rule: String, _ detail: String) -> Problem { .invalid("recipients", rule, detail) }

    private static func naming(_ role: String) -> String {
        #"Make the campaign with "columns": {"\#(role)": "COLUMN"}."#
    }

    private static func list(_ headers: [String]) -> String {
        headers.prefix(12).map { "“\(shown($0))”" }.joined(separator: ", ") + (headers.count > 12 ? " and more" : "")
    }

    private static func shown(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(60).filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }
}
