import Domain
import HTTPServer
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// Recipients in every form in which they may come.
@Suite(.database) struct CampaignFileTests {
    private func put(
        _ body: [UInt8], _ headers: [(name: String, value: String)], on known: CampaignBench? = nil
    ) async throws -> (status: Int, accepted: Int64?, text: String) {
        let bench: CampaignBench
        if let known { bench = known } else { bench = try await CampaignBench() }
        let id = try await bench.draft()
        let response = try await bench.gateway.respond(
            "PUT", "/v1/campaigns/\(id)/recipients", body, key: bench.key, headers: headers)
        guard case let .bytes(bytes) = response.body else { return (response.status, nil, "") }
        let text = String(decoding: bytes, as: UTF8.self)
        return (response.status, (try? JSON.parse(bytes))?["accepted"]?.intValue, text)
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        let process = try ChildProcess("/bin/gzip", ["-c"], environment: [:], input: .pipe, output: .pipe)
        process.write(Array(text.utf8))
        process.closeInput()
        defer { process.wait() }
        return process.rest()
    }

    private let lines = "{\"phone\":\"+6591234567\",\"name\":\"A\"}\n{\"phone\":\"+6591234568\",\"name\":\"B\"}\n"

    @Test func linesOfJSONAreTaken() async throws {
        let answer = try await put(Array(lines.utf8), [("Content-Type", "application/x-ndjson")])
        #expect(answer.status == 200 && answer.accepted == 2, "\(answer.text)")
    }

    @Test(arguments: [true, false]) func gzipIsTakenByItsHeaderAndByItsContent(hasHeader: Bool) async throws {
        let packed = try gzip(CampaignBench.csv(4))
        let headers = hasHeader ? [(name: "Content-Encoding", value: "gzip")] : []
        let answer = try await put(packed, headers + [("Content-Type", "text/csv")])
        #expect(answer.status == 200 && answer.accepted == 4, "\(answer.text)")
    }

    @Test(arguments: [true, false]) func gzipThatWasCutOffIsRefused(hasHeader: Bool) async throws {
        let packed = try gzip(CampaignBench.csv(400)).dropLast(20)
        let answer = try await put(Array(packed), hasHeader ? [("Content-Encoding", "gzip")] : [])
        #expect([400, 422].contains(answer.status), "\(answer.text)")
    }

    private func form(_ parts: [(String, String)]) -> [UInt8] {
        var text = ""
        for (header, content) in parts {
            text += "--xyz\r\nContent-Disposition: form-data; \(header)\r\n\r\n\(content)\r\n"
        }
        return Array((text + "--xyz--\r\n").utf8)
    }

    private let formType: [(name: String, value: String)] = [("Content-Type", "multipart/form-data; boundary=xyz")]

    @Test func aFileInAFormIsTaken() async throws {
        let file = ("name=\"file\"; filename=\"a.csv\"", CampaignBench.csv(3000))
        let bench = try await CampaignBench()
        let note = ("name=\"note\"", "hello")
        let answer = try await put(form([note, file]), formType, on: bench)
        #expect(answer.status == 200 && answer.accepted == 3000, "\(answer.text)")
        // No file, two files, half a file.
        for (body, status) in [(form([note]), 422), (form([file, file]), 422), (form([file]).dropLast(9), 400)] {
            #expect(try await put(Array(body), formType, on: bench).status == status)
        }
    }
}
