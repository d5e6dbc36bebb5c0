import Storage

/// Where a command writes a file: under its name once it is complete, or to standard output.
final class FileOutput {
    private let file: AtomicFile?
    private let screen: Screen

    init(_ path: String?, screen: Screen) throws {
        self.screen = screen
        // Recipients' data: for its owner's eyes.
        file = try Self.told { () throws(FileError) in
            guard let path else { return nil }
            return try AtomicFile(path, mode: 0o600)
        }
    }

    func write(_ bytes: [UInt8]) throws {
        guard let file else { return screen.write(bytes) }
        try Self.told { () throws(FileError) in try file.write(bytes) }
    }

    func close() throws {
        try Self.told { () throws(FileError) in try file?.commit() }
    }

    private static func told<R>(_ work: () throws(FileError) -> R) throws -> R {
        do throws(FileError) { return try work() } catch { throw CommandError.failed("\(error)") }
    }
}
