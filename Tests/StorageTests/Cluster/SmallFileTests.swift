import Glibc
import TestDatabase
import Testing

@testable import Storage

@Suite struct SmallFileTests {
    @Test func pathsAreMadeCanonicalAlsoWhereTheyDoNotExistYet() throws {
        let base = try TestFolder.make()
        mkdir(base + "/real", 0o755)
        symlink(base + "/real", base + "/link")
        #expect(SmallFile.canonical(base + "/link/new/folder") == base + "/real/new/folder")
        #expect(SmallFile.canonical(base + "/real/./new/../other//") == base + "/real/other")
        #expect(SmallFile.canonical("/") == "/")
        #expect(SmallFile.canonical("/nowhere/at/all") == "/nowhere/at/all")
        #expect(SmallFile.canonical("") == SmallFile.canonical("."))
        #expect(SmallFile.canonical("relative/x") == SmallFile.canonical(".") + "/relative/x")
    }

    @Test func removingAFolderFollowsNoLink() throws {
        let base = try TestFolder.make()
        try SmallFile.makeFolders(base + "/kept")
        try SmallFile.write("x", to: base + "/kept/file", mode: 0o600)
        try SmallFile.makeFolders(base + "/gone/deep")
        symlink(base + "/kept", base + "/gone/deep/link")
        SmallFile.removeFolder(base + "/gone")
        #expect(Folder.names(in: base) == ["kept"])
        #expect(SmallFile.read(base + "/kept/file") == "x")
    }

    @Test func aFileIsReplacedWhole() throws {
        let base = try TestFolder.make()
        try SmallFile.write("first", to: base + "/file", mode: 0o600)
        try SmallFile.write("second", to: base + "/file", mode: 0o644)
        #expect(SmallFile.read(base + "/file") == "second")
        #expect(try !SmallFile.writeNew("third", to: base + "/file", mode: 0o600))
        #expect(Folder.names(in: base) == ["file"])
        #expect(throws: ClusterError.file("write", base + "/none/file", ENOENT)) {
            try SmallFile.write("x", to: base + "/none/file", mode: 0o600)
        }
    }
}
