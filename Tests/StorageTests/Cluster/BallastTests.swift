import Glibc
import TestDatabase
import Testing

@testable import Storage

@Suite struct BallastTests {
    @Test func laidWithRealBlocks() throws {
        let folder = ClusterFolder(path: try TestFolder.make(), account: .own, notice: nil)
        let ballast = Ballast(folder: folder, bytes: 1 << 20)
        ballast.lay()
        var info = stat()
        #expect(stat(folder.ballast, &info) == 0)
        // Real blocks, not a hole.
        #expect(info.st_blocks * 512 >= 1 << 20)
        // There is room, so it stays.
        #expect(!ballast.giveUpIfFull())
        #expect(SmallFile.kind(of: folder.ballast) == .file)
    }

    @Test func notLaidWhereSpaceIsShort() throws {
        let folder = ClusterFolder(path: try TestFolder.make(), account: .own, notice: nil)
        Ballast(folder: folder, bytes: MachineSize.freeSpace(on: folder.path) / 3).lay()
        #expect(SmallFile.kind(of: folder.ballast) == nil)
    }
}
