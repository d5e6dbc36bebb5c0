import Domain
import Storage

/// Names as cells, written once and kept from chunk to chunk.
final class NamedCells {
    /// Tenant, source, number and name of the campaign up to its channel; and its category.
    var campaigns: [Int64: (before: [UInt8], category: [UInt8])] = [:]
    var providers: [Int64: [UInt8]] = [:]
    let states = NamedCells.cells(MessageState.allCases.map { ($0.rawValue, $0.word) })
    let channels = NamedCells.cells(Channel.allCases.map { ($0.code, $0.rawValue) })

    /// By code; codes are small.
    private static func cells(_ words: [(Int16, String)]) -> [[UInt8]] {
        var cells = [[UInt8]](repeating: [], count: Int(words.map(\.0).max() ?? 0) + 1)
        for (code, word) in words { cells[Int(code)] = Array(word.utf8) }
        return cells
    }
}

/// A chunk of the ledger as lines of a table, made of bytes alone: this is where an export of millions spends its time.
struct LedgerRowsTable {
    private(set) var table = CSVTable()
    private let names: LedgerNames
    private let cells: NamedCells
    private let slice: LedgerSlice
    private let masks: Bool
    private var ciphers: [Int64: Cipher] = [:]
    /// Neighbours mostly belong together.
    private var lastCampaign: (id: Int64, before: [UInt8], category: [UInt8])?
    private var lastCipher: (tenant: Int64, cipher: Cipher)?
    private var address: [UInt8] = []

    init(names: LedgerNames, cells: NamedCells, slice: LedgerSlice, masks: Bool) {
        self.names = names
        self.cells = cells
        self.slice = slice
        self.masks = masks
    }

    mutating func append(_ row: LedgerRows.Row) throws {
        let campaign = try campaign(row.campaign)
        let cipher = try cipher(row.tenant)
        let (message, channel) = (row.message, row.channel)
        guard let known = Channel(code: Int64(channel)) else { throw StorageError.malformed("ledger row") }
        let (provider, state, was) = (self.provider(row.provider), self.state(row.state), self.state(row.was))
        table.digits(message.rawValue)
        table.instant(row.at)
        table.written(campaign.before)
        table.written(cells.channels[Int(channel)])
        table.written(campaign.category)
        try row.withTexts { country, currency, reason, reference, recipient in
            address.removeAll(keepingCapacity: true)
            guard
                cipher.open(
                    recipient, number: message.rawValue, field: UInt32(known.addressField.rawValue), into: &address)
            else { throw StorageError.malformed("an address that can't be unsealed") }
            if masks { address = Array(Masked.address(String(decoding: address, as: UTF8.self)).utf8) }
            let shown = address
            table.data(shown.span)
            table.text(country)
            table.written(provider)
            table.digits(Int64(row.attempt))
            table.written(state)
            table.written(row.final ? Self.yes : Self.no)
            table.written(was)
            table.text(reason)
            table.digits(Int64(row.segments))
            table.millionths(row.cost)
            table.text(currency)
            table.data(reference)
        }
        table.endLine()
    }

    private static let yes = Array("yes".utf8)
    private static let no = Array("no".utf8)

    /// Nothing where there is none.
    private func state(_ code: Int16) -> [UInt8] {
        code > 0 && Int(code) < cells.states.count ? cells.states[Int(code)] : []
    }

    private func provider(_ id: Int64) -> [UInt8] {
        if let known = cells.providers[id] { return known }
        var cell = CSVTable()
        cell.text(names.providers[id] ?? "")
        cells.providers[id] = cell.bytes
        return cell.bytes
    }

    private mutating func campaign(_ id: Int64) throws -> (before: [UInt8], category: [UInt8]) {
        if let lastCampaign, lastCampaign.id == id { return (lastCampaign.before, lastCampaign.category) }
        if let known = cells.campaigns[id] {
            lastCampaign = (id, known.before, known.category)
            return known
        }
        guard let campaign = names.campaigns[id] else { throw StorageError.malformed("no campaign \(id)") }
        var before = CSVTable()
        before.text(campaign.tenant)
        before.text(campaign.source)
        before.number(id)
        before.text(campaign.name)
        cells.campaigns[id] = (before.bytes, Array(campaign.category.rawValue.utf8))
        return try self.campaign(id)
    }

    private mutating func cipher(_ tenant: Int64) throws -> Cipher {
        if let lastCipher, lastCipher.tenant == tenant { return lastCipher.cipher }
        let cipher = try ciphers[tenant] ?? names.cipher(tenant: tenant, slice: Int64(slice.number))
        ciphers[tenant] = cipher
        lastCipher = (tenant, cipher)
        return cipher
    }
}
