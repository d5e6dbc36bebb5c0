import Foundation
import Storage
import Testing

@Suite struct AtomicFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "herald-atomic-\(UUID().uuidString)")
        .path

    @Test func replacesAsAWholeAndLeavesNoOtherFile() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/a/b/file"
        try Folder.make(folder + "/a/b")
        try AtomicFile.write([1, 2, 3], to: path, mode: 0o644)
        let reader = try #require(FileHandle(forReadingAtPath: path))
        try AtomicFile.write(Array(repeating: 9, count: 100_000), to: path, mode: 0o644)
        // Who had it open goes on reading the old one.
        #expect(try reader.readToEnd() == Data([1, 2, 3]))
        #expect(try Data(contentsOf: URL(filePath: path)).count == 100_000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b") == ["file"])
    }

    @Test func aFailureLeavesTheOldFileAndNoOther() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A folder stands where the file should go, so the last step fails.
        try FileManager.default.createDirectory(atPath: folder + "/file/inside", withIntermediateDirectories: true)
        #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder + "/file", mode: 0o644) }
        #expect(throws: FileError.self) { try AtomicFile.write([1], to: "/proc/nowhere/file", mode: 0o644) }
        #expect(throws: FileError.self) { try Folder.make("/proc/nowhere") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
}
