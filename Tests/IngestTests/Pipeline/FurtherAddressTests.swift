import Domain
import Testing

@testable import Ingest

/// Files with addresses for several channels.
@Suite struct FurtherAddressTests {
    private let a = String(repeating: "a", count: 64)
    private let b = String(repeating: "b", count: 64)
    private let c = String(repeating: "c", count: 64)

    private func run(
        _ text: String, _ options: UploadOptions
    ) async throws -> (summary: UploadSummary, sink: KeepingSink) {
        let sink = KeepingSink()
        return (try await Upload(options).run(.bytes(Array(text.utf8)), sink: sink), sink)
    }

    private func chain(_ dedupe: DedupeKey = .address, prefersExternalID: Bool = true) -> UploadOptions {
        var options = UploadOptions.test(.pushToken, dedupe: dedupe)
        options.further = [.phone, .email]
        options.prefersExternalID = prefersExternalID
        return options
    }

    @Test func furtherAddressesAreCheckedAndKept() async throws {
        let (summary, sink) = try await run(
            """
            token,phone,email,name
            \(a),+6591234567,Ann@Example.com,Ann
            \(b),12,,Bob
            ,91234568,,Cy
            ,12,,Di
            ,,,Eve
            """, chain())
        #expect(summary.accepted == 3)
        let body = try ShardBody(sink.shards[0].body)
        try #require(body.count == 3)
        func text(_ range: FieldRange) -> String { String(decoding: body.bytes[range.range], as: UTF8.self) }
        #expect(body.furtherFields == [.phone, .email])
        #expect((0..<3).map { text(body.address($0)) } == [a, b, ""])
        #expect((0..<3).map { text(body.address($0, slot: 1)) } == ["+6591234567", "", "+6591234568"])
        #expect((0..<3).map { text(body.address($0, slot: 2)) } == ["Ann@example.com", "", ""])
        #expect(body.region(0, slot: 1).code == "SG")
        let hasher = PlainHashing.Hasher()
        #expect(body.hash(0, slot: 1) == hasher.hash(.phone, Array("+6591234567".utf8).span))
        #expect(body.hash(0, slot: 2) == hasher.hash(.email, Array("Ann@example.com".utf8).span))
        // A number that can't be used is left out, and still there for the text.
        #expect(text(body.field(1, column: 1)) == "12" && text(body.field(0, column: 1)) == "+6591234567")
        #expect(summary.repaired["phone_left_out"] == 2)
        // Whom no address reaches is refused as before.
        #expect(try sink.rejects().map(\.code) == ["address_missing", "address_missing"])
    }

    /// Two people may share a phone or a device: with several channels the external id tells them apart.
    @Test(arguments: [true, false]) func aChainGoesByExternalIDWhereThereIsOne(prefers: Bool) async throws {
        let (summary, _) = try await run(
            """
            token,phone,external_id
            \(a),+6591234567,1
            \(a),+6591234568,2
            \(b),+6591234569,3
            \(c),+6591234569,3
            """, chain(prefersExternalID: prefers))
        #expect(summary.accepted == 3)
        #expect(summary.duplicates.bitmaps[0]?.first == (prefers ? 0b1000 : 0b0010))
    }

    @Test func withoutExternalIDsAChainGoesByThePrimaryAddress() async throws {
        let (summary, _) = try await run(
            """
            token,phone
            \(a),+6591234567
            \(a),+6591234568
            ,+6591234569
            ,+6591234569
            """, chain())
        #expect(summary.accepted == 2 && summary.duplicates.bitmaps[0]?.first == 0b1010)
    }
}
