import Domain
import Foundation
import Sandbox
import Senders
import TestSupport
import Testing

@Suite struct SandboxServerTests {
    @Test func everyCallIsLoggedBeforeItsReply() async throws {
        let path = SandboxFixture.temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = SandboxFixture.withoutEnd
        options.logPath = path
        try await SandboxFixture.run(options) { sandbox in
            var recipients = (0..<200).map { "+65912345\(10 + $0 % 90)" }
            recipients += ["bounce@example.com", "reset@example.com"]
            var outcomes = try await sandbox.send(to: recipients)
            for silent in ["timeout@example.com", "hang@\"q\"\\.com"] {
                recipients.append(silent)
                outcomes.append(try await sandbox.sendInVain(to: silent, id: Int64(recipients.count)))
            }
            // No reply says when those two are logged.
            try await eventually { try SandboxFixture.lines(path).count == recipients.count }
            // Read while the server runs: what is answered must already stand there.
            let lines = try SandboxFixture.lines(path)
            #expect(lines.count == recipients.count)
            #expect(lines.map(\.n).sorted() == Array(1...recipients.count))
            #expect(Set(lines.map(\.id)) == Set((1...recipients.count).map(String.init)))
            for line in lines {
                let index = (Int(line.id) ?? 1) - 1
                #expect(line.to == recipients[index] && line.key == "\(line.id)-herald" && line.attempt == 1)
                if case .sent(let reference, _) = outcomes[index] { #expect(reference == line.reference && line.taken) }
            }
            #expect(lines.filter(\.taken).count == 203)
            #expect(lines.contains { $0.answered == "bounce" && !$0.taken })
            #expect(lines.contains { $0.answered == "hang" && $0.taken })
            #expect(lines.allSatisfy { $0.at.count == 24 && $0.at.hasSuffix("Z") && $0.at.hasPrefix("20") })
        }
    }

    @Test func logOfAKilledServerIsContinued() async throws {
        let path = SandboxFixture.temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #"{"n":1,"half"#.write(toFile: path, atomically: false, encoding: .utf8)
        var options = SandboxOptions()
        options.logPath = path
        try await SandboxFixture.run(options) { sandbox in
            #expect(sandbox.call("POST", "/send", #"{"to":"+6591234567"}"#).hasPrefix("HTTP/1.1 200"))
        }
        #expect(try SandboxFixture.lines(path).count == 1)
    }

    @Test func logThatCannotBeOpenedSaysSo() {
        var options = SandboxOptions()
        options.port = 0
        options.logPath = "/no/such/folder/log"
        #expect { try SandboxServer(options) } throws: { "\($0)".contains("/no/such/folder/log cannot be opened") }
    }

    @Test func sameKeyIsSentOnce() async throws {
        let path = SandboxFixture.temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = SandboxFixture.withoutEnd
        options.isIdempotent = true
        options.logPath = path
        try await SandboxFixture.run(options) { sandbox in
            let recipients = ["+6591234567", "temporary@example.com", "timeout@example.com"]
            var first = try await sandbox.send(to: Array(recipients[..<2]))
            first.append(try await sandbox.sendInVain(to: recipients[2], id: 3))
            try await eventually { sandbox.call("GET", "/log/count").contains(#""calls":3"#) }
            let second = try await sandbox.send(to: recipients, attempt: 2)
            #expect(first[0] == second[0])
            guard case .inDoubt = first[2], case .temporary = second[1], case .sent = second[2] else {
                Issue.record("\(first) \(second)")
                return
            }
            #expect(sandbox.call("GET", "/log/count").contains(#""calls":6,"taken":2,"replays":2"#))
        }
        let lines = try SandboxFixture.lines(path)
        #expect(lines.filter { $0.answered == "replay" && !$0.taken }.count == 2)
        #expect(lines.filter(\.taken).count == 2)
    }

    @Test func takesFormsAndQueries() async throws {
        try await SandboxFixture.run { sandbox in
            let form = sandbox.call("POST", "/send", "id=5&to=%2B6591234567&text=a+b%26c&segments=2")
            #expect(form.hasPrefix("HTTP/1.1 200") && form.contains(#""status":"accepted""#))
            #expect(sandbox.call("POST", "/send", "to=bounce%40example.com").hasPrefix("HTTP/1.1 400"))
            #expect(sandbox.call("GET", "/send?to=bounce@example.com").contains("rejected"))
        }
    }

    @Test(arguments: ["", "{", "[]", #"{"to":""}"#, #"{"id":"5"}"#, "text=x", #"{"to":{"a":1}}"#, "%", "&&==%2"])
    func callWithoutARecipientIsRefused(body: String) async throws {
        try await SandboxFixture.run { sandbox in
            #expect(sandbox.call("POST", "/send", body).contains("The body must be"))
            #expect(sandbox.call("GET", "/log/count").contains(#""calls":0,"#))
        }
    }

    @Test func rateLimitAnswers429() async throws {
        var options = SandboxOptions()
        options.settings.ratePerSecond = 1
        try await SandboxFixture.run(options) { sandbox in
            func status() -> Substring {
                sandbox.call("POST", "/send", #"{"to":"+6591234567"}"#).prefix(12).suffix(3)
            }
            #expect(status() == "200")
            // Until two calls fall into one second.
            try await eventually { status() == "429" }
        }
    }

    @Test func otherPaths() async throws {
        try await SandboxFixture.run { sandbox in
            #expect(sandbox.call("GET", "/health").hasSuffix("{\"status\":\"ok\"}\n"))
            #expect(sandbox.call("GET", "/nothing").hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test(arguments: [
        (#"{"mode":"explode"}"#, "mode must be normal or one of accepted, bounce"),
        (#"{"mod":"hang"}"#, "mod is unknown"), (#"{"latency_ms":-1}"#, "latency_ms must be from 0"),
        (#"{"temporary_rate":2}"#, "temporary_rate must be from 0"), ("[]", "must be a JSON object"),
    ])
    func controlNamesMistakesAndChangesNothing(body: String, problem: String) async throws {
        try await SandboxFixture.run { sandbox in
            let answer = sandbox.call("POST", "/control", body)
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains(problem))
            #expect(sandbox.call("GET", "/control").contains("normal"))
        }
    }

    @Test func stopEndsHangingConnections() async throws {
        var options = SandboxOptions()
        options.port = 0
        let server = try SandboxServer(options)
        let loop = try CurlLoop()
        let sandbox = SandboxFixture(server: server, loop: loop)
        let outcomes = try await sandbox.send(to: Array(repeating: "hang@example.com", count: 5), timeout: 100)
        #expect(outcomes.count == 5)
        server.stop()
        #expect(server.connectionCount == 0)
        loop.stop()
    }
}

@Suite struct SandboxOptionsTests {
    @Test func argumentsAreTaken() throws {
        let options = try SandboxOptions(arguments: [
            "--port", "0", "--log", "f", "--idempotent", "--latency-ms", "5", "--error-rate", "0.25", "--rate", "10",
            "--price", "0.0075", "--currency", "eur", "--seed", "9", "--no-magic", "--late-ms", "7", "--threads", "2",
        ])
        #expect(options.port == 0 && options.logPath == "f" && options.isIdempotent && options.threads == 2)
        #expect(options.settings.latency == .milliseconds(5) && options.settings.temporaryRate == 0.25)
        #expect(options.settings.ratePerSecond == 10 && options.settings.seed == 9 && !options.settings.magic)
        #expect(options.settings.pricePerSegment?.micros == 7500)
        #expect(options.settings.pricePerSegment?.currency.code == "EUR")
        #expect(options.faults.lateness == .milliseconds(7))
    }

    @Test(arguments: [
        (["--port"], "--port needs a value"), (["--port", "70000"], "from 0 to 65535"),
        (["--prot", "1"], "--prot is unknown"),
        (["--error-rate", "2"], "from 0 to 1"), (["--currency", "dollar"], "three letters"),
        (["--price", "x"], "0.0075"),
    ])
    func mistakesAreNamed(arguments: [String], problem: String) {
        #expect { try SandboxOptions(arguments: arguments) } throws: { "\($0)".contains(problem) }
    }
}
