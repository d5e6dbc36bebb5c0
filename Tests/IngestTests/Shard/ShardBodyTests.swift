import Domain
import Testing

@testable import Ingest

@Suite struct ShardBodyTests {
    private func sample() -> [UInt8] {
        var writer = ShardBodyWriter()
        let text = Array("Tan[1,2]".utf8)
        for index in 0..<300 {
            writer.begin(
                line: 5 + index * 700, address: Array("+65\(90_000_000 + index)".utf8),
                region: Region("SG") ?? .none, hash: RecipientHash(high: UInt64(index), low: ~UInt64(index)))
            writer.addressField()
            writer.field(text.span, FieldRange(start: 0, count: 3))
            writer.field(text.span, FieldRange(start: 3, count: 5, kind: .json))
            writer.emptyField()
        }
        return writer.body(columns: 4)
    }

    @Test func readsWhatWasWritten() throws {
        let body = try ShardBody(sample())
        #expect(body.count == 300)
        #expect(body.columns == 4)
        for index in [0, 1, 150, 299] {
            #expect(body.line(index) == 5 + index * 700)
            #expect(body.region(index).code == "SG")
            #expect(body.hash(index) == RecipientHash(high: UInt64(index), low: ~UInt64(index)))
            let cells = (0..<4).map { body.field(index, column: $0) }
            #expect(cells[0] == body.address(index))
            #expect(body.bytes[cells[0].range].elementsEqual("+65\(90_000_000 + index)".utf8))
            #expect(body.bytes[cells[1].range].elementsEqual("Tan".utf8))
            #expect(body.bytes[cells[2].range].elementsEqual("[1,2]".utf8))
            #expect(cells.map(\.kind) == [.string, .text, .json, .text])
            #expect(cells[3].isEmpty)
            #expect(body.field(index, column: 9).isEmpty)
            #expect(Array(body.fields[body.fieldRange(of: index)]) == cells)
        }
    }

    @Test func refusesEveryCutOff() {
        let bytes = sample()
        for count in stride(from: 0, to: bytes.count, by: 37) {
            #expect(throws: ShardBodyError.self) { try ShardBody(Array(bytes.prefix(count))) }
        }
        #expect(throws: ShardBodyError.damaged) { try ShardBody(bytes + [0]) }
        #expect(throws: ShardBodyError.unknownVersion(9)) { try ShardBody([0x48, 0x53, 9, 0]) }
    }

    @Test func survivesAnyDamage() {
        let bytes = sample()
        for index in 0..<min(bytes.count, 6000) {
            var damaged = bytes
            damaged[index] ^= 0xFF
            if let body = try? ShardBody(damaged), body.count > 0 { #expect(body.count <= MessageID.shardCapacity) }
        }
    }

    @Test func aNewShardReplacesTheOld() throws {
        var body = try ShardBody(sample())
        var writer = ShardBodyWriter()
        writer.begin(line: 9, address: [0x61], region: .none, hash: RecipientHash(high: 1, low: 2))
        try body.load(writer.body(columns: 0))
        #expect(body.count == 1)
        #expect(body.line(0) == 9)
        #expect(body.columns == 0)
    }

    @Test func rejectBlocksComeBackWhole() throws {
        var writer = RejectBlockWriter()
        let text = Array("a\u{0}é".utf8) + [0xFF]
        let fields = [FieldRange(start: 0, count: 2), FieldRange(start: 2, count: 3), .empty]
        for line in [3, 900] {
            writer.append(line: line, column: line == 3 ? nil : 1, code: .raggedRow, detail: "", text.span, fields.span)
        }
        let rows = try RejectBlock(writer.block).rows
        #expect(rows.map(\.line) == [3, 900])
        #expect(rows.map(\.column) == [nil, 1])
        #expect(rows.allSatisfy { $0.code == "ragged_row" && $0.explanation == RejectCode.raggedRow.explanation })
        #expect(rows[1].cells.map { String(decoding: $0, as: UTF8.self) } == ["a\u{FFFD}", "é\u{FFFD}", ""])
        for count in 0..<writer.block.count - 1 where count != 3 {
            _ = try? RejectBlock(Array(writer.block.prefix(count)))
        }
        #expect(throws: ShardBodyError.damaged) { try RejectBlock(Array(writer.block.dropLast())) }
    }

    // MARK: Further addresses

    private static let sg = Region("SG") ?? .none

    /// Push tokens with a number for every second recipient and an email for every third; the fourth has a number alone.
    private func chain() -> [UInt8] {
        var writer = ShardBodyWriter(further: [.phone, .email])
        let text = Array("Tan".utf8)
        for index in 0..<30 {
            var (phone, email) = (FurtherAddress(), FurtherAddress())
            if index % 2 == 0 || index == 3 {
                phone.bytes = Array("+65\(90_000_000 + index)".utf8)
                phone.region = Self.sg
                phone.hash = RecipientHash(high: 7, low: UInt64(index))
            }
            if index % 3 == 0, index != 3 {
                email.bytes = Array("a\(index)@b.example".utf8)
                email.hash = RecipientHash(high: 8, low: UInt64(index))
            }
            writer.begin(
                line: index, address: index == 3 ? [] : Array("token\(index)".utf8), region: .none,
                hash: RecipientHash(high: 9, low: UInt64(index)), further: [phone, email])
            writer.addressField()
            if phone.bytes.isEmpty { writer.emptyField() } else { writer.addressField(slot: 1) }
            writer.field(text.span, FieldRange(start: 0, count: 3))
        }
        return writer.body(columns: 3)
    }

    @Test func furtherAddressesComeBackWithTheirHashesAndRegions() throws {
        let body = try ShardBody(chain())
        #expect(body.furtherFields == [.phone, .email] && body.count == 30)
        func text(_ range: FieldRange) -> String { String(decoding: body.bytes[range.range], as: UTF8.self) }
        #expect(text(body.address(6)) == "token6" && text(body.address(6, slot: 1)) == "+6590000006")
        #expect(text(body.address(6, slot: 2)) == "a6@b.example" && body.address(5, slot: 1).isEmpty)
        #expect(body.hash(6, slot: 1) == RecipientHash(high: 7, low: 6) && body.region(6, slot: 1) == Self.sg)
        #expect(body.hash(6, slot: 2) == RecipientHash(high: 8, low: 6) && body.region(6, slot: 2) == .none)
        #expect(body.hash(6) == RecipientHash(high: 9, low: 6) && body.hash(6, slot: 0) == body.hash(6))
        #expect(body.address(3).isEmpty && text(body.address(3, slot: 1)) == "+6590000003")
        // A column that holds a further address is not stored twice.
        #expect(body.field(6, column: 1) == body.address(6, slot: 1) && text(body.field(6, column: 2)) == "Tan")
        #expect(text(body.field(6, column: 0)) == "token6" && body.field(5, column: 1).isEmpty)
    }

    @Test func aDamagedChainIsRefusedAndNeverReadPastItsEnd() throws {
        let bytes = chain()
        for count in 0..<bytes.count {
            #expect(throws: ShardBodyError.self) { try ShardBody(Array(bytes.prefix(count))) }
        }
        for index in bytes.indices {
            for flip: UInt8 in [0xFF, 0x01, 0x80] {
                var damaged = bytes
                damaged[index] ^= flip
                guard let body = try? ShardBody(damaged) else { continue }
                for recipient in 0..<body.count {
                    for slot in 0...body.furtherFields.count {
                        _ = body.hash(recipient, slot: slot)
                        _ = body.region(recipient, slot: slot)
                        #expect(body.address(recipient, slot: slot).range.upperBound <= damaged.count)
                    }
                }
            }
        }
    }
}
