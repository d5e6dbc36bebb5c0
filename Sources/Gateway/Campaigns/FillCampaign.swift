import Domain
import HTTPServer
import Ingest
import Jobs
import Storage

/// `PUT /v1/campaigns/{id}/recipients`: gives a draft its recipients, or others than it had. CSV or NDJSON, plain or
/// gzip, as the body or as a file in a form; which of them is found out from what is in it.
struct FillCampaign: Sendable {
    let call: APICall
    let door: UploadDoor

    func response() async throws -> HTTPResponse {
        try await door.draft(call) { draft, plan in
            let upload = CampaignUpload(database: call.database(for: .recipients), keys: call.keys)
            if call.caller.isTest || CampaignSettings.isTest(draft) {
                let summary = try await FileFlow.run(call.request) { try await upload.check(plan.request($0)) }
                return test(draft, summary)
            }
            let call = call
            let (_, answer) = try await FileFlow.run(call.request) { input in
                let request = plan.request(input)
                return try await QuotaHold.during(call) { hold in
                    try await upload.fill(request, campaign: draft.id) { summary in
                        let starts = plan.form.starts ?? false
                        if starts { try await hold.take(Int64(summary.accepted), plan.priority) }
                        return CampaignUpload.Ending(
                            request,
                            UploadWriter.Ending(
                                settings: draft.settings ?? "{}", starts: starts,
                                again: plan.form.again, audit: { call.audit("fill", $0) },
                                answer: { CampaignJSON.answer($0, status: 200) }))
                    }
                }
            }
            return .json(status: answer.status, answer.body)
        }
    }

    private func test(_ draft: Campaign, _ summary: UploadSummary) -> HTTPResponse {
        var object = CampaignJSON.object(draft)
        object["test"] = true
        CampaignJSON.add(summary, to: &object)
        return .json(.object(object))
    }
}

/// Lets the file of a request be read while it arrives.
enum FileFlow {
    static func run<Result: Sendable>(
        _ request: HTTPRequest, upload: @escaping @Sendable (UploadInput) async throws -> Result
    ) async throws -> Result {
        let type = request.headers["content-type"]?.lowercased() ?? ""
        guard type.hasPrefix("multipart/") else {
            var pieces = request.content.pieces()
            return try await RecipientsFlow.run(
                feed: { pipe in while let piece = try await pieces.next() { try await pipe.write(piece) } },
                upload: upload)
        }
        guard var form = MultipartReader(request, maximumParts: 16) else { throw MultipartFault.malformed }
        return try await RecipientsFlow.run(
            feed: { pipe in
                var hasFile = false
                while let part = try await form.nextPart() {
                    guard part.fileName != nil else { continue }
                    guard !hasFile else {
                        throw Problem.invalid("recipients", "repeated", "The form has two files; send one.")
                    }
                    hasFile = true
                    while let piece = try await form.nextPiece() { try await pipe.write(piece) }
                }
                if !hasFile { throw Problem.invalid("recipients", "required", "The form has no file.") }
            }, upload: upload)
    }
}
