import Foundation
import Storage

/// Where a command writes a file: under its name once it is complete, or to standard output. What is there and no file, such as
/// /dev/null or a pipe with a name, is written into and not replaced.
final class FileOutput {
    private let file: AtomicFile?
    private let device: FileHandle?
    private let screen: Screen

    init(_ path: String?, screen: Screen) throws {
        self.screen = screen
        if let path, Self.isDevice(path) {
            guard let handle = FileHandle(forWritingAtPath: path) else {
                throw CommandError.failed("\(path) can't be written: \(String(cString: strerror(errno))).")
            }
            (device, file) = (handle, nil)
            return
        }
        device = nil
        // Recipients' data: for its owner's eyes.
        file = try Self.told { () throws(FileError) in
            guard let path else { return nil }
            return try AtomicFile(path, mode: 0o600)
        }
    }

    /// Refuses the `--out` of a command that has `--replace`, where it is there and nobody said to.
    static func check(_ arguments: Arguments) throws {
        guard let path = arguments.text("out"), !arguments.has("replace") else { return }
        var info = stat()
        guard lstat(path, &info) == 0, !isDevice(path) else { return }
        throw CommandError.failed("\(path) is there already. Take another name, or write over it with --replace.")
    }

    private static func isDevice(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && ![S_IFREG, S_IFDIR].contains(info.st_mode & S_IFMT)
    }

    func write(_ bytes: [UInt8]) throws {
        if let device { return try device.write(contentsOf: bytes) }
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
