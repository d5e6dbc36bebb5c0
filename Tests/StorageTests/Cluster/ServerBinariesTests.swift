import Testing

@testable import Storage

@Suite struct ServerBinariesTests {
    @Test(
        arguments: [
            ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", 15), ("postgres (PostgreSQL) 9.6.24", 9),
            ("postgres (PostgreSQL) 18beta1", 18), ("", nil), ("postgres (PostgreSQL) devel", nil),
        ] as [(String, Int?)]) func versionOfAServer(line: String, major: Int?)
    {
        #expect(ServerBinaries.majorVersion(in: line) == major)
    }

    @Test func theInstalledServerIsFound() throws {
        let binaries = try ServerBinaries.find(for: nil, dataFolder: "/tmp", environment: [:])
        #expect(binaries.major >= 15)
        let named = try ServerBinaries.find(
            for: "\(binaries.major)", dataFolder: "/tmp", environment: ["HERALD_POSTGRES_BIN": binaries.folder])
        #expect(named == binaries)
    }
}
