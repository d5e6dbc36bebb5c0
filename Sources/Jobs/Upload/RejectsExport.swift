import Domain
import Ingest
import Storage

/// A campaign's rejected rows as a file that can be mended and sent again, block by block in flat memory.
package struct RejectsExport: Sendable {
    private let database: Database
    private let keys: KeyRing

    package init(database: Database, keys: KeyRing) {
        self.database = database
        self.keys = keys
    }

    /// Writes the file; returns how many rows there are.
    package func write(_ campaign: Campaign, to output: ([UInt8]) async throws -> Void) async throws -> Int {
        let work = WorkStore(database: database)
        let codec = ShardCodec(
            key: try await PartyStore(database: database, keys: keys).key(of: campaign.tenant), campaign: campaign.id)
        let file = RejectsFile(headers: try ColumnsRecord(json: campaign.columns).headers)
        var table = CSVTable()
        file.appendHeader(to: &table)
        var count = 0
        for shard in try await work.shardsWithRejects(campaign: campaign.id) {
            let sealed = try await work.body(shard: shard, kind: .rejects)
            let block = try RejectBlock(codec.open(sealed, shard: shard, kind: .rejects))
            file.append(block, to: &table)
            count += block.rows.count
            try await output(table.bytes)
            table.clear()
        }
        try await output(table.bytes)
        return count
    }
}
