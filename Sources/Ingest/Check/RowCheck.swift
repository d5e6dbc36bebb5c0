import Domain
import Glibc

/// Turns a batch of records into a shard body and a block of rejects: the work of one worker, on reused memory.
///
/// Checks in this order, the first failure counts: the record's form, its bytes, the address, the time
/// zone, the fields that the template needs.
struct RowCheck {
    private let plan: Plan
    private let hasher: any RecipientHasher
    private let sealer: (any ShardSealer)?
    private var columns: [UploadColumn]
    private var required: any RequiredFieldCheck
    private var zones = TimeZoneNames()
    private var body: ShardBodyWriter
    private var rejects = RejectBlockWriter()
    private var address: [UInt8] = []
    /// The row's further addresses, one for each that the plan names.
    private var further: [FurtherAddress] = []
    /// The cells of the row at hand as they will be stored.
    private var cells: [FieldRange] = []
    private var rejected: [RejectCode: Int] = [:]
    private var repaired: [String: Int] = [:]
    /// Where to the addresses lead: the first's, and each further one's.
    private var regions: [RegionSet]

    /// What all workers of an upload share.
    struct Plan: Sendable {
        var map: ColumnMap
        var address: AddressCheck
        var further: [Further]
        var dedupe: DedupeKey
        var hashing: any RecipientHashing
        var sealing: (any ShardSealing)?
        var required: any RequiredFields
        /// Where to the first address may lead.
        var countries: Set<Region>?
    }

    /// A further address: where it stands and what it must be.
    struct Further: Sendable {
        var field: AddressField
        var place: Int
        var check: AddressCheck
        var countries: Set<Region>?
    }

    init(_ plan: Plan) throws {
        self.plan = plan
        body = ShardBodyWriter(further: plan.further.map(\.field))
        regions = Array(repeating: RegionSet(), count: 1 + plan.further.count)
        hasher = try plan.hashing.hasher()
        sealer = try plan.sealing?.sealer()
        columns = plan.map.columns
        required = try plan.required.bind(columns: plan.map.columns)
    }

    private enum Refusal: Error {
        case because(RejectCode, column: Int? = nil, detail: String = "")
    }

    mutating func run(_ batch: RecordBatch, names: [String]) throws -> CheckedBatch {
        body.clear()
        rejects.clear()
        rejected.removeAll(keepingCapacity: true)
        repaired.removeAll(keepingCapacity: true)
        for place in regions.indices { regions[place] = RegionSet() }
        try grow(to: names)
        var addresses: [RecipientHash] = []
        addresses.reserveCapacity(batch.count)
        var keys: [RecipientHash] = []
        let text = batch.text.bytes.span
        let fields = batch.fields.span
        // Nearly always the whole batch is clean, and no row has to be looked at for it.
        let isClean = Self.isClean(text, 0..<batch.text.filled)
        for record in 0..<batch.count {
            let range = batch.fieldRange(of: record)
            do {
                let region = try check(batch, record, text, range, isClean)
                let hash =
                    address.isEmpty
                    ? further.first { !$0.bytes.isEmpty }?.hash ?? hasher.hash(.row, address.span)
                    : hasher.hash(HashDomain(plan.address.kind), address.span)
                write(text, line: batch.lines[record], region, hash)
                addresses.append(hash)
                switch plan.dedupe {
                case .address, .none: break
                case .row: keys.append(body.hashOfRow(hasher))
                case .externalID: keys.append(externalID(text) ?? hash)
                }
            } catch .because(let code, let column, let detail) {
                rejected[code, default: 0] += 1
                rejects.append(
                    line: batch.lines[record], column: column, code: code, detail: detail, text,
                    fields.extracting(range))
            }
        }
        var shard = UploadShard(
            number: batch.number, count: body.count, body: body.body(columns: columns.count), rejected: rejects.count,
            rejects: rejects.block)
        if let sealer {
            if !shard.body.isEmpty { shard.body = try sealer.seal(shard.body, .body, shard: shard.number) }
            if !shard.rejects.isEmpty { shard.rejects = try sealer.seal(shard.rejects, .rejects, shard: shard.number) }
        }
        return CheckedBatch(
            shard: shard, rows: batch.count, rejected: rejected, repaired: repaired,
            regions: regions.map(\.regions), addresses: addresses, keys: keys, consumed: batch.consumed)
    }

    /// Takes up the columns that later rows of NDJSON brought.
    private mutating func grow(to names: [String]) throws(IngestError) {
        guard names.count > columns.count else { return }
        for name in names[columns.count...] {
            columns.append(UploadColumn(header: name, name: name, role: name.isEmpty ? .ignored : .data))
        }
        required = try plan.required.bind(columns: columns)
    }

    private static func isClean(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let hasNul = text.extracting(range).withUnsafeBufferPointer { part in
            part.baseAddress.map { memchr($0, 0, part.count) != nil } ?? false
        }
        return !hasNul && UTF8Check.isValid(text, in: range)
    }

    // MARK: - One row

    /// Leaves the normal address in `address` and the row's cells in `cells`.
    private mutating func check(
        _ batch: RecordBatch, _ record: Int, _ text: Span<UInt8>, _ range: Range<Int>, _ isClean: Bool
    ) throws(Refusal) -> Region {
        let fault = batch.faults[record]
        if fault != .none, let code = RejectCode(fault) {
            throw .because(code, detail: batch.details[record] ?? "")
        }
        try gather(batch, text, range)
        if !isClean { try checkBytes(text) }
        readFurther(text)
        let region = try checkAddress(text)
        if let zone = plan.map.place(of: .timeZone), !cells[zone].isEmpty,
            !zones.contains(text.extracting(cells[zone].range))
        {
            throw .because(.badTimeZone, column: zone)
        }
        if let column = required.firstMissing(text, cells.span) {
            throw .because(.fieldMissing, column: column, detail: columns[column].name)
        }
        return region
    }

    /// One cell for each column. Empty cells too many are dropped: spreadsheets leave them behind.
    private mutating func gather(_ batch: RecordBatch, _ text: Span<UInt8>, _ range: Range<Int>) throws(Refusal) {
        cells.removeAll(keepingCapacity: true)
        let count = min(range.count, columns.count)
        for index in range.prefix(count) { cells.append(batch.fields[index]) }
        if range.count != columns.count {
            let isPadded = batch.isPadded || range.dropFirst(count).allSatisfy { batch.fields[$0].isEmpty }
            guard isPadded, range.count > columns.count || batch.isPadded else {
                throw .because(.raggedRow, detail: "\(columns.count) cells expected, \(range.count) found")
            }
            while cells.count < columns.count { cells.append(.empty) }
        }
        if plan.map.isRejectsFile {
            for index in cells.indices { narrow(index, Cell.unguarded(text, cells[index].range)) }
        }
        for role in ColumnRole.single {
            guard let place = plan.map.place(of: role), !cells[place].isEmpty else { continue }
            narrow(place, Cell.trimmed(text, cells[place].range))
        }
    }

    private mutating func narrow(_ index: Int, _ range: Range<Int>) {
        cells[index] = FieldRange(start: range.lowerBound, count: range.count, kind: cells[index].kind)
    }

    private func checkBytes(_ text: Span<UInt8>) throws(Refusal) {
        for (index, cell) in cells.enumerated() {
            for at in cell.range where text[at] == 0 { throw .because(.nulByte, column: index) }
            if !UTF8Check.isValid(text, in: cell.range) { throw .because(.invalidUTF8, column: index) }
        }
    }

    private mutating func checkAddress(_ text: Span<UInt8>) throws(Refusal) -> Region {
        let place = plan.map.address
        let range = Cell.unguarded(text, cells[place].range)
        address.removeAll(keepingCapacity: true)
        if range.isEmpty {
            // Whoever can be reached on another channel is.
            if further.contains(where: { !$0.bytes.isEmpty }) { return .none }
            throw .because(.addressMissing, column: place)
        }
        switch plan.address.check(text.extracting(range), appendingTo: &address) {
        case .valid(let region, let repair):
            if let countries = plan.countries, !countries.contains(region) {
                throw .because(.countryNotPermitted, column: place, detail: region.code)
            }
            if let repair { repaired[repair, default: 0] += 1 }
            return region
        case .rejected(let code): throw .because(code, column: place)
        }
    }

    /// One that can't be used is left out and counted: the row is worth sending to without it.
    private mutating func readFurther(_ text: Span<UInt8>) {
        guard !plan.further.isEmpty else { return }
        further.removeAll(keepingCapacity: true)
        for wanted in plan.further {
            var found = FurtherAddress()
            let range = Cell.unguarded(text, cells[wanted.place].range)
            if !range.isEmpty {
                switch wanted.check.check(text.extracting(range), appendingTo: &found.bytes) {
                case .valid(let region, let repair):
                    if let countries = wanted.countries, !countries.contains(region) {
                        found.bytes = []
                        repaired["\(ColumnRole.further(wanted.field).rawValue)_not_permitted", default: 0] += 1
                        break
                    }
                    if let repair { repaired[repair, default: 0] += 1 }
                    found.region = region
                    found.hash = hasher.hash(HashDomain(wanted.field.kind), found.bytes.span)
                case .rejected:
                    found.bytes = []
                    repaired["\(ColumnRole.further(wanted.field).rawValue)_left_out", default: 0] += 1
                }
            }
            further.append(found)
        }
    }

    private mutating func write(_ text: Span<UInt8>, line: Int, _ region: Region, _ hash: RecipientHash) {
        body.begin(line: line, address: address, region: region, hash: hash, further: further)
        if !address.isEmpty { regions[0].add(region) }
        for place in further.indices where !further[place].bytes.isEmpty {
            regions[place + 1].add(further[place].region)
        }
        for index in cells.indices {
            switch columns[index].role {
            case .address: body.addressField()
            case .ignored: body.emptyField()
            case .phone, .email, .token, .chat, .inapp:
                if let slot = plan.further.firstIndex(where: { $0.place == index }), !further[slot].bytes.isEmpty {
                    body.addressField(slot: slot + 1)
                } else {
                    body.field(text, cells[index])
                }
            default: body.field(text, cells[index])
            }
        }
    }

    private func externalID(_ text: Span<UInt8>) -> RecipientHash? {
        guard let place = plan.map.place(of: .externalID), !cells[place].isEmpty else { return nil }
        return hasher.hash(.externalID, text.extracting(cells[place].range))
    }
}
