import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// What the machine keeps of a one-time password: nothing in clear, in no file of the database.
@Suite(.database) struct SecretsAtRestTests {
    @Test func aCodeAndItsReceiverAreInNoFileInClear() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical])
        // Long enough to be found by nothing but itself; the reference is kept in clear and proves that the search finds.
        let code = "code" + String(UInt64.random(in: .min ... .max), radix: 36) + "x"
        let reference = "reference" + String(UInt64.random(in: .min ... .max), radix: 36) + "x"
        let number = "+6591\(Int.random(in: 100_000...999_999))"
        let secret = try #require(key.split(separator: "_").last)
        try await bench.run {
            let body =
                #"{"to":"\#(number)","template":"code","data":{"code":"\#(code)"},"category":"otp","reference":"\#(reference)"}"#
            let sent = try await bench.call(
                "POST", "/v1/messages", body, key: key, headers: [("Idempotency-Key", "k-\(reference)")])
            #expect(sent.status == 202, "\(sent.text)")
            let shown = try await bench.message(try #require(sent.ids.first), is: "sent", key: key)
            #expect(!shown.text.contains(code) && !shown.text.contains(number))
            // One that can't be sent, and one that waits.
            for more in [#","channel":"voice""#, #","send_at":"\#((Timestamp.now + .seconds(3600)).description)""#] {
                _ = try await bench.call("POST", "/v1/messages", String(body.dropLast()) + more + "}", key: key)
            }
        }
        let folder = try await bench.database.run { session in
            try session.execute("CHECKPOINT")
            return try session.query("SHOW data_directory")[0].text("data_directory")
        }
        #expect(try await files(holding: reference, below: folder) > 0)
        for text in [code, number, String(number.dropFirst()), String(secret)] {
            #expect(try await files(holding: text, below: folder) == 0, "\(text) is in clear")
        }
    }

    /// Tables, indexes, the write-ahead log and the server's own log.
    private func files(holding text: String, below folder: String) async throws -> Int {
        let grep = try ChildProcess(
            "/bin/grep", ["-r", "-l", "-a", "-F", "--", text, folder + "/.."], environment: ["LC_ALL": "C"],
            output: .pipe,
            errors: .nothing)
        return await withCheckedContinuation { done in
            Thread {
                let found = String(decoding: grep.rest(), as: UTF8.self).split(separator: "\n").count
                grep.wait()
                done.resume(returning: found)
            }.start()
        }
    }
}
