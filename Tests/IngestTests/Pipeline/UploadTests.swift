import Domain
import Foundation
import Testing

@testable import Ingest

@Suite struct UploadTests {
    private func run(
        _ text: String, _ options: UploadOptions = .test()
    ) async throws -> (summary: UploadSummary, sink: KeepingSink) {
        let sink = KeepingSink()
        let summary = try await Upload(options).run(.bytes(Array(text.utf8)), sink: sink)
        return (summary, sink)
    }

    @Test func keepsGoodRowsAndNamesTheBadOnes() async throws {
        let (summary, sink) = try await run(
            """
            Mobile No.,First Name,Language,Time Zone
            +65 9123 4567,Tan,en,Asia/Singapore
            ,Lim,en,
            123,Ng,en,
            91234568,"Ali, B",,Mars/Base
            91234569,Bob
            91234567,Twice,en,
            +6591234560,Cy,xx,UTC,,
            """)
        #expect(try sink.addresses() == ["+6591234567", "+6591234567", "+6591234560"])
        #expect(try sink.rows()[0].cells == ["+6591234567", "Tan", "en", "Asia/Singapore"])
        #expect(try sink.rows().map(\.line) == [2, 7, 8])
        #expect(summary.rows == 7)
        #expect(summary.accepted == 2)
        #expect(summary.duplicates.count == 1)
        #expect(summary.duplicates.bitmaps[0]?.first == 0b010)
        #expect(summary.distinctAddresses == 2)
        let rejects = try sink.rejects()
        #expect(rejects.map(\.line) == [3, 4, 5, 6])
        #expect(rejects.map(\.code) == ["address_missing", "phone_too_short", "bad_time_zone", "ragged_row"])
        #expect(rejects.map(\.column) == [0, 0, 3, nil])
        #expect(
            rejects[2].cells.map { String(decoding: $0, as: UTF8.self) } == ["91234568", "Ali, B", "", "Mars/Base"])
        #expect(summary.rejectedRows == 4)
    }

    @Test func refusesRowsWithBytesThatAreNoText() async throws {
        let sink = KeepingSink()
        var bytes = Array("phone,name\n91234567,Ünal\n91234568,".utf8)
        bytes += [0xFF, 0xFE, 0x0A] + Array("91234569,a".utf8) + [0, 0x0A] + Array("91234560,ok\n".utf8)
        let summary = try await Upload(.test()).run(.bytes(bytes), sink: sink)
        #expect(try sink.rejects().map(\.code) == ["invalid_utf8", "nul_byte"])
        #expect(try sink.rejects()[0].cells[1] == Array("\u{FFFD}\u{FFFD}".utf8))
        #expect(summary.accepted == 2)
    }

    @Test(arguments: [1, 2, 5])
    func manyBatchesKeepTheirOrder(workers: Int) async throws {
        var options = UploadOptions.test()
        options.workers = workers
        options.limits.batchRecords = 10
        let numbers = (0..<1000).map { "+65\(91_000_000 + $0)" }
        let (summary, sink) = try await run("phone\n" + numbers.joined(separator: "\n"), options)
        #expect(try sink.addresses() == numbers)
        #expect(sink.shards.map(\.number) == Array(0..<100))
        #expect(summary.shards == 100)
        #expect(summary.accepted == 1000)
    }

    @Test func theFingerprintIsThatOfTheRecipients() async throws {
        let one = try await run("phone,n\n91234567,a\n91234568,b\nbad,c\n").summary
        let sorted = try await run("n;phone\nb;+65 9123 4568\na;91234567\nz;91234567\n", .test(dedupe: .none)).summary
        let other = try await run("phone\n91234567\n91234569\n").summary
        #expect(one.fingerprint == sorted.fingerprint)
        #expect(one.fingerprint != other.fingerprint)
        #expect(one.fingerprintText.count == 32)
        #expect(sorted.accepted == 3)
    }

    @Test(arguments: [
        (DedupeKey.address, 2), (.externalID, 3), (.row, 4), (.none, 5),
    ])
    func dedupes(key: DedupeKey, accepted: Int) async throws {
        let text = "phone,customer id,note\n91234567,1,a\n91234567,2,a\n+6591234567,1,b\n91234568,3,c\n91234568,3,c\n"
        #expect(try await run(text, .test(dedupe: key)).summary.accepted == accepted)
    }

    @Test func readsNDJSON() async throws {
        let (summary, sink) = try await run(
            """
            {"phone":"+6591234567","name":"T\\u00e4n \\"x\\"","age":7}
            not json
            {"name":null,"phone":91234568,"tags":["a",{"b":1}]}

            {"name":"No"}
            {"phone":"91234569","phone":"91234560"}
            """)
        #expect(summary.format.kind == .ndjson)
        #expect(summary.columns.names == ["phone", "name", "age", "tags"])
        #expect(try sink.addresses() == ["+6591234567", "+6591234568", "+6591234560"])
        #expect(try sink.rows().map(\.cells)[0] == ["+6591234567", "Tän \"x\"", "7", ""])
        #expect(try sink.rows().map(\.cells)[1] == ["+6591234568", "", "", "[\"a\",{\"b\":1}]"])
        #expect(try sink.rows().map(\.line) == [1, 3, 6])
        #expect(try sink.rejects().map(\.code) == ["not_an_object", "address_missing"])
        #expect(try sink.rejects().map(\.line) == [2, 5])
    }

    /// The recipients of a campaign may be written as those of single messages are.
    @Test func fieldsUnderDataAreFieldsOfTheirRow() async throws {
        let (summary, sink) = try await run(
            #"{"to":"+6591234567","data":{"name":"Tän \u0022x\u0022","data":{"a":1}},"plan":"A"}"# + "\n"
                + #"{"data":{},"to":"+6591234568"}"# + "\n"
                + #"{"data":"text","to":"+6591234569","name":"B"}"# + "\n" + #"{"to":"+6591234560","data":{"name":}}"#
                + "\n")
        #expect(summary.columns.names == ["to", "name", "data", "plan"])
        #expect(
            try sink.rows().map(\.cells) == [
                ["+6591234567", "Tän \"x\"", "{\"a\":1}", "A"], ["+6591234568", "", "", ""],
                ["+6591234569", "B", "text", ""],
            ])
        #expect(try sink.rejects().map(\.code) == ["not_an_object"])
    }

    @Test(arguments: [
        ("", IngestError.empty), ("\n\n  \n", .empty), ("phone,name\n", .headerOnly), ("phone", .headerOnly),
        ("phone,name,phone\n1,2,3\n", .duplicateHeader(name: "phone", first: 1, second: 3)),
        ("a,b\n1,2\n", .noColumn(role: "phone", headers: ["a", "b"])),
        ("mobile 1,mobile 2\n1,2\n", .ambiguousColumn(role: "phone", headers: ["mobile 1", "mobile 2"])),
        ("name,+6591234567\nx,+6591234568\n", .noHeader(column: 2)),
        ("\"phone,name\n1,2\n", .headerUnclosedQuote), ("PK\u{03}\u{04}....xl/workbook", .notText(.excelWorkbook)),
        ("[\n {\"a\":1}]", .notRecords),
    ])
    func refusesFiles(text: String, error: IngestError) async {
        await #expect(throws: error) { try await run(text) }
    }

    @Test func refusesAHundredThousandColumns() async {
        let header = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
        await #expect(throws: IngestError.tooManyColumns(found: 100_000, limit: 2_000)) {
            try await run(header + "\n1,2\n")
        }
    }

    @Test func aFileWithoutHeaderCanBeSentOnDemand() async throws {
        var options = UploadOptions.test()
        options.hasHeader = false
        let (summary, sink) = try await run("Tan,91234567\nLim,91234568\n", options)
        #expect(summary.accepted == 2)
        #expect(summary.columns.names == ["column1", "column2"])
        #expect(try sink.addresses() == ["+6591234567", "+6591234568"])
    }

    @Test func rowsThatLeaveATemplateFieldEmptyAreRefused() async throws {
        struct NeedsName: RequiredFields, RequiredFieldCheck {
            var column = 0
            func bind(columns: [UploadColumn]) throws(IngestError) -> any RequiredFieldCheck {
                guard let column = columns.map(\.name).firstIndex(of: "name") else {
                    throw .templateNeeds(reason: "name")
                }
                return NeedsName(column: column)
            }
            func firstMissing(_ text: Span<UInt8>, _ fields: Span<FieldRange>) -> Int? {
                fields[column].isEmpty ? column : nil
            }
        }
        var options = UploadOptions.test()
        options.required = NeedsName()
        let (summary, sink) = try await run("phone,name\n91234567,a\n91234568,\n", options)
        #expect(summary.accepted == 1)
        #expect(summary.rejected == [.fieldMissing: 1])
        #expect(try sink.rejects().map(\.column) == [1])
        await #expect(throws: IngestError.templateNeeds(reason: "name")) { try await run("phone\n91234567\n", options) }
    }

    @Test func aFailingSinkEndsTheUpload() async {
        struct Full: Error {}
        struct FullSink: ShardSink {
            func store(_ shard: consuming UploadShard) async throws { throw Full() }
        }
        var options = UploadOptions.test()
        options.limits.batchRecords = 2
        let rows = (0..<500).map { "+65\(91_000_000 + $0)" }.joined(separator: "\n")
        await #expect(throws: IngestError.storeFailed(reason: "Full()")) {
            try await Upload(options).run(.bytes(Array(("phone\n" + rows).utf8)), sink: FullSink())
        }
    }

    @Test func cancellationEndsAReadThatWaits() async throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("phone\n91234567\n".utf8))
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let task = Task { try await Upload(.test()).run(.descriptor(descriptor), sink: DiscardingSink()) }
        task.cancel()
        await #expect(throws: IngestError.cancelled) { try await task.value }
        try pipe.fileHandleForWriting.close()
    }

    @Test func aRejectsFileCanBeMendedAndSentAgain() async throws {
        let (summary, sink) = try await run(
            "phone,name\n,=1+1\n+6591234567,ok\n12,\"a \"\"q\"\"\nx\"\n1,2,3\n-7,-\n+65,@x\n")
        let file = RejectsFile(summary.columns)
        var table = CSVTable()
        file.appendHeader(to: &table)
        for shard in sink.shards where !shard.rejects.isEmpty {
            file.append(try RejectBlock(shard.rejects), to: &table)
        }
        let lines = try Scanned(table.bytes).records
        #expect(lines[0] == ["phone", "name"] + RejectsFile.ownColumns)
        #expect(
            lines.dropFirst().map { Array($0.prefix(4)) } == [
                ["", "'=1+1", "2", "phone"], ["12", "a \"q\"\nx", "4", "phone"], ["1", "2,3", "6", ""],
                ["-7", "'-", "7", "phone"], ["+65", "'@x", "8", "phone"],
            ])
        let mended = String(decoding: table.bytes, as: UTF8.self).replacing("\r\n,'=", with: "\r\n+6591234568,'=")
        let again = try await run(mended)
        #expect(try again.sink.addresses() == ["+6591234568"])
        #expect(try again.sink.rows()[0].cells == ["+6591234568", "=1+1", "", "", "", ""])
        #expect(
            RejectsFile(again.summary.columns).headerLine
                == "phone,name,herald_line,herald_column,herald_reason,herald_detail\r\n")
    }
}

extension RejectsFile {
    fileprivate var headerLine: String {
        var table = CSVTable()
        appendHeader(to: &table)
        return String(decoding: table.bytes, as: UTF8.self)
    }
}
