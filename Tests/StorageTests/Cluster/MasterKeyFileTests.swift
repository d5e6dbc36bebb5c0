import Glibc
import TestDatabase
import Testing

@testable import Storage

@Suite struct MasterKeyFileTests {
    private static func newHome() throws -> HeraldHome { HeraldHome(path: try TestFolder.make() + "/var") }

    private static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

    @Test(arguments: [
        hex, hex + "\n", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ]) func formsOfAKey(text: String) {
        #expect(MasterKeyFile.decode(text) == Array(0..<32))
    }

    @Test(arguments: ["", "secret", String(hex.dropLast()), hex + "00", "AAEC", String(repeating: "é", count: 32)])
    func notKeys(text: String) {
        #expect(MasterKeyFile.decode(text) == nil)
    }

    @Test func madeOnceAndClosed() async throws {
        let home = try Self.newHome()
        let keys = await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? MasterKeyFile(home: home, environment: [:]).loadOrCreate() }
            }
            return await group.reduce(into: Set<[UInt8]?>()) { $0.insert($1) }
        }
        #expect(keys.count == 1 && keys.first??.count == 32)
        #expect(Folder.names(in: home.secretsFolder) == ["master.key"])
        var info = stat()
        stat(home.masterKeyFile, &info)
        #expect(info.st_mode & 0o777 == 0o600)

        chmod(home.masterKeyFile, 0o640)
        #expect(throws: MasterKeyError.exposed(file: home.masterKeyFile)) {
            try MasterKeyFile(home: home, environment: [:]).load()
        }
    }

    @Test func aLostKeyIsNotReplaced() throws {
        let home = try Self.newHome()
        try SmallFile.makeFolders(home.clusterFolder + "/data")
        #expect(throws: MasterKeyError.lost(file: home.masterKeyFile)) {
            try MasterKeyFile(home: home, environment: [:]).loadOrCreate()
        }
        #expect(SmallFile.kind(of: home.masterKeyFile) == nil)
    }

    @Test func theEnvironmentGoesFirst() throws {
        let home = try Self.newHome()
        let given = MasterKeyFile(home: home, environment: ["HERALD_MASTER_KEY": Self.hex])
        #expect(try given.loadOrCreate() == Array(0..<32))
        #expect(SmallFile.kind(of: home.path) == nil)

        let file = Folder.parent(of: home.path) + "/mounted"
        try SmallFile.write(Self.hex, to: file, mode: 0o444)
        let mounted = MasterKeyFile(home: home, environment: ["HERALD_MASTER_KEY_FILE": file])
        #expect(try mounted.load() == Array(0..<32))

        let bad = MasterKeyFile(home: home, environment: ["HERALD_MASTER_KEY": "no-key"])
        #expect(throws: MasterKeyError.malformed(source: "HERALD_MASTER_KEY")) { try bad.load() }
    }
}
