import Domain
import Foundation
import TestSupport

/// `herald sandbox` as a process of its own on a port that the system chose; ends with `stop`.
final class SandboxProcess: Sendable {
    let url: String
    private let process: ChildProcess

    private init(url: String, process: ChildProcess) {
        self.url = url
        self.process = process
    }

    static func start() async throws -> SandboxProcess {
        let process = try ChildProcess(
            HeraldCommand.binary.path, ["sandbox", "--port", "0", "--json"], environment: [:], output: .pipe)
        // Blocks until the server says where it listens, or ends.
        guard let line = process.line(), let url = (try? JSON.parse(line))?["url"]?.stringValue else {
            process.signal(SIGTERM)
            await process.end()
            throw SandboxProcessError()
        }
        return SandboxProcess(url: url, process: process)
    }

    func stop() async {
        process.signal(SIGTERM)
        await process.end()
    }
}

struct SandboxProcessError: Error {}
