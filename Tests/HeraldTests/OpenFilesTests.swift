import Testing

@testable import herald

@Suite struct OpenFilesTests {
    /// Three files each beside what else is open; never fewer than usual, never without bound.
    @Test(
        arguments: [
            (256, 1024), (1024, 1024), (20_000, 6333), (65_536, 20_000), (UInt64.max, 20_000),
        ] as [(UInt64, Int)]) func connectionsFollowFromFiles(files: UInt64, connections: Int)
    {
        #expect(OpenFiles.connections(files: files) == connections)
    }
}
