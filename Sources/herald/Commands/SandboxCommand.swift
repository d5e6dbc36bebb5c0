import Domain
import Sandbox

/// `herald sandbox`: the provider that sends nothing, as a server of its own.
enum SandboxCommand {
    static let commands = [
        Command(
            "sandbox", "a provider over HTTP that sends nothing, misbehaves on request and logs every call",
            ownHelp: SandboxOptions.help, example: "herald sandbox --port 8099 --log calls.ndjson", run: run)
    ]

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let options: SandboxOptions
        do {
            // The screen has taken --json for itself.
            options = try SandboxOptions(arguments: arguments.operands.filter { $0 != "--json" })
        } catch {
            throw CommandError.usage(error.description)
        }
        let stop = StopSignal()
        let server = try SandboxServer(options)
        let url = "http://\(options.address):\(server.port)"
        screen.line("The sandbox answers at \(url)/send; Ctrl-C ends it.")
        screen.json(["url": .string(url), "port": .int(Int64(server.port))])
        await stop.wait()
        server.stop()
        return .done
    }
}
