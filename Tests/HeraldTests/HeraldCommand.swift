import Domain
import Foundation
import Storage
import TestDatabase
import TestSupport

/// Runs the built `herald` in a folder of its own that is gone when this value is.
final class HeraldCommand: Sendable {
    struct Result {
        let code: Int32
        let output: String
        let errors: String

        /// The output as one JSON document.
        var json: JSON { get throws { try JSON.parse(output) } }
        var lines: [String] {
            output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    let folder: URL
    private let environment: [String: String]

    /// With the database of the test that runs, or without any.
    init(
        database: Bool = true, key: String = String(repeating: "07", count: 32),
        environment more: [String: String] = [:]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "herald-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var environment = ["HERALD_HOME": folder.path, "HERALD_MASTER_KEY": key]
        if database { environment["HERALD_DATABASE_URL"] = try TestDatabase.current.connectionString }
        self.environment = environment.merging(more, uniquingKeysWith: { _, new in new })
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The binary lies beside the test bundle.
    static let binary: URL = {
        let bundle = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appending(path: "herald")
    }()

    @discardableResult
    func callAsFunction(_ words: String..., input: String = "") async throws -> Result {
        try await run(words, input: Array(input.utf8))
    }

    func run(_ words: [String], input: [UInt8]) async throws -> Result {
        let call = folder.appending(path: "call-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: call, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: call) }
        let files = ["in", "out", "err"].map { call.appending(path: $0) }
        try Data(input).write(to: files[0])
        let process = try ChildProcess(
            Self.binary.path, words, environment: environment, input: .file(files[0].path),
            output: .file(files[1].path), errors: .file(files[2].path))
        let code = await process.end()
        return Result(
            code: code, output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = folder.appending(path: name)
        try Data(text.utf8).write(to: path)
        return path.path
    }
}
