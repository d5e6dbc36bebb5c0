import Glibc
import TestDatabase
import Testing

@testable import Storage

@Suite struct ClusterFolderTests {
    @Test func staysInTheHomeWhereItCan() throws {
        let home = HeraldHome(path: try TestFolder.make() + "/var")
        let folder = try ClusterFolder.prepared(for: home, environment: [:], systemState: "/nowhere")
        #expect(folder.path == home.path + "/postgres")
        #expect(folder.notice == nil)
        #expect(SmallFile.owner(of: folder.path) != 0)
        // Without data there is nothing to attach to.
        #expect(try ClusterFolder.existing(of: home) == nil)
    }

    @Test(.enabled(if: geteuid() == 0)) func leavesAFolderThatTheServersUserCannotReach() throws {
        let base = try TestFolder.make()
        mkdir(base + "/closed", 0o700)
        try expectElsewhere(HeraldHome(path: base + "/closed/var"), state: base + "/state")
    }

    @Test func leavesAPathThatIsTooLongForASocket() throws {
        let base = try TestFolder.make()
        try expectElsewhere(
            HeraldHome(path: base + "/" + String(repeating: "long", count: 25)), state: base + "/state")
    }

    private func expectElsewhere(_ home: HeraldHome, state: String) throws {
        func prepare() throws -> ClusterFolder {
            try ClusterFolder.prepared(for: home, environment: ["XDG_STATE_HOME": state], systemState: state)
        }
        let folder = try prepare()
        #expect(folder.path.hasPrefix(state + "/"))
        #expect(folder.notice?.contains(folder.path) == true)
        #expect(SmallFile.kind(of: home.clusterFolder) == nil)
        try folder.account.makePrivateFolder(folder.data)
        #expect(try ClusterFolder.existing(of: home)?.path == folder.path)
        #expect(try prepare().path == folder.path)

        SmallFile.removeFolder(folder.path)
        #expect(throws: ClusterError.dataGone(pointer: home.clusterPointer, target: folder.path)) { try prepare() }
    }

    @Test(.enabled(if: geteuid() == 0)) func serverRunsAsTheOwnerOfTheData() throws {
        let home = HeraldHome(path: try TestFolder.make() + "/var")
        let folder = try ClusterFolder.prepared(for: home, environment: [:], systemState: "/nowhere")
        try folder.account.makePrivateFolder(folder.data)
        chown(folder.path, 12345, 12345)
        #expect(try ClusterFolder.existing(of: home)?.account.user == 12345)
    }

    @Test(arguments: [
        ("/tmp/a", true), ("/tmp/a b'c\"d\\", true), ("/tmp/a,b", false), ("/tmp/a\nb", false),
        ("/" + String(repeating: "a", count: 88), true), ("/" + String(repeating: "a", count: 89), false),
    ]) func socketsHaveLimits(path: String, usable: Bool) {
        #expect(ClusterFolder.isUsable(path) == usable)
    }
}
