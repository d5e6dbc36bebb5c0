import Testing

@testable import Storage

@Suite struct ServerSettingsTests {
    @Test(arguments: [
        ("/tmp/run", #"'"/tmp/run"'"#), (#"/a'b"c\d e"#, #"'"/a''b""c\\d e"'"#),
    ]) func foldersAreQuotedTwice(name: String, quoted: String) {
        #expect(ServerSettings.quoted(folderName: name) == quoted)
    }

    @Test(arguments: [
        (memory: 512 << 20, disk: 8 << 30, shared: "128MB", log: "400MB"),
        (memory: 24 << 30, disk: 250 << 30, shared: "6144MB", log: "2048MB"),
        (memory: 64 << 20, disk: 0, shared: "32MB", log: "256MB"),
    ]) func settingsFollowTheMachine(memory: Int, disk: Int, shared: String, log: String) {
        let folder = ClusterFolder(path: "/tmp/x", account: .own, notice: nil)
        let text = ServerSettings(
            folder: folder, machine: MachineSize(memory: memory, disk: disk), options: ClusterOptions()
        ).text
        #expect(text.contains("shared_buffers = \(shared)\n"))
        #expect(text.contains("max_wal_size = \(log)\nmin_wal_size = \(log)\n"))
        #expect(!text.contains("fsync"))
    }
}
