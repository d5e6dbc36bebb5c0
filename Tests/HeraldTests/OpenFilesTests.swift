import Testing

@testable import herald

@Suite struct OpenFilesTests {
    /// Never more files than there are, but for the few connections that are always allowed; never without bound.
    @Test(
        arguments: [
            (256, 1024, 64), (1024, 1024, 64), (4096, 1857, 619), (20_000, 11_400, 3800), (65_536, 20_000, 20_000),
            (UInt64.max, 20_000, 20_000),
        ] as [(UInt64, Int, Int)])
    func connectionsFollowFromFiles(files: UInt64, connections: Int, webSockets: Int) {
        let open = OpenFiles(files: files)
        #expect(open.connections == connections && open.webSockets == webSockets)
    }
}
