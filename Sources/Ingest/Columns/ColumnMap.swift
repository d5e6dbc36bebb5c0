import Domain

/// Which column of a file is what. Chosen once from the header; the columns of NDJSON may grow later, all
/// new ones are personalisation data.
package struct ColumnMap: Sendable, Equatable {
    /// Columns that a rejects file adds; ignored when it is sent again.
    package static let ownHeaders: Set<String> = ["herald_line", "herald_column", "herald_reason", "herald_detail"]

    package private(set) var columns: [UploadColumn]
    /// Choices that were made between several columns, for the user to see.
    package private(set) var notes: [String] = []
    /// The file is one of our rejects files: all its guards against formulas are taken off again.
    package private(set) var isRejectsFile = false
    private var places: [ColumnRole: Int] = [:]

    /// `overrides` maps a role's word, or a name for templates, to a header.
    package init(
        headers: [String], kind: AddressKind, further: [AddressField] = [], overrides: [String: String] = [:]
    ) throws(IngestError) {
        columns = headers.map { header in
            let name = Self.trimmed(header)
            return UploadColumn(header: header, name: name, role: name.isEmpty ? .ignored : .data)
        }
        for index in columns.indices where Self.ownHeaders.contains(columns[index].name) {
            columns[index].role = .ignored
            isRejectsFile = true
        }
        try refuseDuplicates()
        let chosen = try apply(overrides, kind, further)
        for role in ColumnRole.single where !chosen.contains(role) {
            if let field = role.field, !further.contains(field) { continue }
            try choose(role, kind)
        }
        guard places[.address] != nil else {
            throw .noColumn(role: ColumnRole.address.word(for: kind), headers: open)
        }
        for role in further.map(ColumnRole.further) where places[role] == nil {
            notes.append("no column looks like \(role.rawValue); --map \(role.rawValue)=COLUMN names one")
        }
        if let place = places[.orderingKey] {
            // A line is a shard for each message: that is for messages by ones, not for a million of them.
            notes.append(
                "\"\(columns[place].header)\" is not followed: a campaign's messages go side by side. Where one must not "
                    + "overtake another, send them by the API (POST /v1/messages) with ordering_key")
        }
    }

    /// For a file that has no header: the columns are called `column1`, `column2`, …
    package init(
        unnamed count: Int, address: Int?, kind: AddressKind, further: [AddressField] = [], overrides: [String: String]
    ) throws(IngestError) {
        let headers = (0..<count).map { "column\($0 + 1)" }
        var overrides = overrides
        if let address, !overrides.keys.contains(where: { ColumnRole(word: $0, further: further) == .address }) {
            overrides["address"] = headers[address]
        }
        try self.init(headers: headers, kind: kind, further: further, overrides: overrides)
    }

    package var address: Int { places[.address] ?? 0 }
    package func place(of role: ColumnRole) -> Int? { places[role] }

    /// The names that templates use, in the order of the cells.
    package var names: [String] { columns.map(\.name) }

    private var open: [String] { columns.filter { $0.role != .ignored }.map(\.header) }

    /// Adds a column that a later row of NDJSON brought.
    mutating func add(_ header: String) {
        columns.append(UploadColumn(header: header, name: header, role: header.isEmpty ? .ignored : .data))
    }

    private static func trimmed(_ header: String) -> String {
        let bytes = Array(header.utf8)
        return String(decoding: bytes[Cell.trimmed(bytes.span, 0..<bytes.count)], as: UTF8.self)
    }

    private func refuseDuplicates() throws(IngestError) {
        var first: [String: Int] = [:]
        for (index, column) in columns.enumerated() where column.role != .ignored {
            if let earlier = first.updateValue(index, forKey: column.name) {
                throw .duplicateHeader(name: column.name, first: earlier + 1, second: index + 1)
            }
        }
    }

    private mutating func apply(
        _ overrides: [String: String], _ kind: AddressKind, _ further: [AddressField]
    ) throws(IngestError) -> Set<ColumnRole> {
        var chosen: Set<ColumnRole> = []
        var taken: Set<Int> = []
        for (word, header) in overrides.sorted(by: { $0.key < $1.key }) {
            let wanted = Self.trimmed(header)
            let found =
                columns.firstIndex { $0.role != .ignored && Self.trimmed($0.header) == wanted }
                ?? columns.firstIndex { $0.role != .ignored && HeaderName.key($0.header) == HeaderName.key(wanted) }
            guard let found else { throw .mappedColumnMissing(role: word, header: header, headers: open) }
            guard taken.insert(found).inserted else { throw .mappedTwice(header: header) }
            if let role = ColumnRole(word: word, further: further) {
                guard chosen.insert(role).inserted else { throw .mappedTwice(header: header) }
                columns[found].role = role
                places[role] = found
            } else {
                columns[found].name = word
            }
        }
        if !overrides.isEmpty { try refuseDuplicates() }
        return chosen
    }

    private mutating func choose(_ role: ColumnRole, _ kind: AddressKind) throws(IngestError) {
        let words = HeaderWords.of(role, kind)
        var best: (rank: Int, places: [Int])?
        var all: [Int] = []
        for (index, column) in columns.enumerated() where column.role == .data {
            guard let rank = words.rank(of: column.name) else { continue }
            all.append(index)
            if let found = best, found.rank < rank { continue }
            best = (rank, (best?.rank == rank ? best?.places ?? [] : []) + [index])
        }
        guard let best else { return }
        // Only the address is worth a refusal; of two languages the first is as good as the second.
        if best.places.count > 1, role == .address {
            throw .ambiguousColumn(
                role: role.word(for: kind), headers: best.places.map { columns[$0].header })
        }
        let chosen = best.places[0]
        columns[chosen].role = role
        places[role] = chosen
        if all.count > 1 {
            let others = all.filter { $0 != chosen }.map { "\"\(columns[$0].header)\"" }.joined(separator: ", ")
            notes.append(
                "\(role.word(for: kind)) is taken from \"\(columns[chosen].header)\", not from \(others); "
                    + "--map \(role.word(for: kind))=COLUMN chooses another")
        }
    }
}
