import Domain

/// The refused rows of one batch, compact: what the rejects file is written from.
///
/// Layout, version 1: `"HR" 1`; then for each row varints and bytes: line, column + 1 (0: none), code,
/// explanation, detail (each length and text; a text that was said before in the block is its number, from 1, behind
/// a length of 0), number of cells, each cell's length and bytes. Cells are valid UTF-8.
package struct RejectBlock: Sendable {
    static let magic: [UInt8] = [0x48, 0x52, 1]

    /// One refused row. `column` counts from 0; nil where the whole row is at fault.
    package struct Row: Sendable, Equatable {
        package var line: Int
        package var column: Int?
        package var code: String
        package var explanation: String
        package var detail: String
        package var cells: [[UInt8]]
    }

    package let rows: [Row]

    package init(_ block: [UInt8]) throws(ShardBodyError) {
        guard block.starts(with: Self.magic.prefix(2)), block.count >= 3 else { throw .notAShard }
        guard block[2] == Self.magic[2] else { throw .unknownVersion(block[2]) }
        var reader = Reader(block: block)
        var rows: [Row] = []
        while reader.at < block.count { rows.append(try reader.row()) }
        self.rows = rows
    }

    private struct Reader {
        let block: [UInt8]
        var at = 3
        var said: [String] = []

        mutating func row() throws(ShardBodyError) -> Row {
            let line = try number()
            let column = try number() - 1
            var row = Row(
                line: line, column: column < 0 ? nil : column, code: try word(), explanation: try word(),
                detail: try word(), cells: [])
            let count = try number()
            guard count <= block.count - at else { throw .damaged }
            for _ in 0..<count { row.cells.append(Array(try bytes())) }
            return row
        }

        mutating func number() throws(ShardBodyError) -> Int {
            var next = at
            guard let value = Varint.read(block.span, &next) else { throw .damaged }
            at = next
            return value
        }

        mutating func bytes() throws(ShardBodyError) -> ArraySlice<UInt8> {
            let length = try number()
            guard length <= block.count - at else { throw .damaged }
            defer { at += length }
            return block[at..<at + length]
        }

        mutating func word() throws(ShardBodyError) -> String {
            let text = try bytes()
            if text.isEmpty {
                let place = try number()
                guard place <= said.count else { throw .damaged }
                return place == 0 ? "" : said[place - 1]
            }
            said.append(String(decoding: text, as: UTF8.self))
            return said[said.count - 1]
        }
    }
}
