import Foundation
import Testing

@testable import herald

struct WatchedFolderTests {
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "herald-watched-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        /// Without ever opening it: a process that another test starts at this moment would inherit the descriptor,
        /// and count as one that still writes.
        func put(_ name: String, size: Int = 1) throws {
            let path = url.appending(path: name).path
            try #require(mknod(path, S_IFREG | 0o600, 0) == 0 || errno == EEXIST)
            try #require(truncate(path, off_t(size)) == 0)
        }

        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }
    }

    @Test func aFileIsCompleteWhenItStaysAsItIs() throws {
        let folder = try Folder()
        let watched = try WatchedFolder(folder.url.path)
        try folder.put("old.csv")
        try folder.put("growing.csv")
        let before = try watched.sightings()
        try folder.put("growing.csv", size: 2)
        try folder.put("new.csv")
        let now = try watched.sightings()
        #expect(Set(now.keys) == ["old.csv", "growing.csv", "new.csv"])
        #expect(watched.complete(before: before, now: now) == ["old.csv"])
    }

    @Test func aFileThatSomebodyWritesIsNotComplete() throws {
        let folder = try Folder()
        let watched = try WatchedFolder(folder.url.path)
        try folder.put("a.csv")
        let now = try watched.sightings()
        let writer = try FileHandle(forWritingTo: folder.url.appending(path: "a.csv"))
        #expect(watched.complete(before: now, now: now) == [])
        try writer.close()
    }

    @Test func foldersAndLinksAreLeftAlone() throws {
        let folder = try Folder()
        let watched = try WatchedFolder(folder.url.path)
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "link.csv"), withDestinationURL: URL(fileURLWithPath: "/etc/passwd"))
        #expect(try watched.sightings().isEmpty)
    }

    @Test(arguments: [
        ("a.csv", true), (".a.csv", false), ("a.csv.part", false), ("a.PART", false), ("a.tmp", false),
        ("part", true), ("a.part.csv", true), ("a.csv.filepart", false),
    ])
    func namesOfUnfinishedFiles(name: String, isWanted: Bool) { #expect(WatchedFolder.isWanted(name) == isWanted) }

    @Test func aNameWithoutRoomForEndingsIsShortened() throws {
        let folder = try Folder()
        let watched = try WatchedFolder(folder.url.path)
        let name = String(repeating: "ü", count: 120) + ".csv"
        try folder.put(name)
        #expect(try watched.take(name))
        try watched.record(campaign: 7, of: name)
        #expect(try watched.interrupted().map(\.campaign) == [7])
        let place = watched.place(for: name, in: .done)
        #expect(place.hasSuffix("ü.csv") && (place as NSString).lastPathComponent.utf8.count <= 200)
        try watched.finish(name, at: place)
        #expect(FileManager.default.fileExists(atPath: place))
        #expect(try watched.interrupted().isEmpty)
    }

    /// A number cut short by a power cut must not be taken for another campaign's.
    @Test func halfANumberIsNone() throws {
        let folder = try Folder()
        let watched = try WatchedFolder(folder.url.path)
        try folder.put("sending/a.csv")
        try folder.write("sending/.a.csv.campaign", "12")
        #expect(try watched.interrupted().map(\.campaign) == [nil])
    }
}
