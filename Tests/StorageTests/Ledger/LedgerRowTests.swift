import Domain
import Testing

@testable import Storage

struct LedgerRowTests {
    private let slice = LedgerSlice(number: 7, salt: [1, 2, 3])
    private let cipher = Cipher(key: [UInt8](0..<32))

    private func row(country: String, currency: String, reason: String, reference: String) -> LedgerRow {
        var row = LedgerRow(
            message: MessageID(rawValue: 0x0102_0304_0506_0708), at: Timestamp(micros: 1_764_000_000_123_456),
            hash: KeyedHash(key: [9]).recipient(.phone, Array("+6591234567".utf8).span), campaign: 12, tenant: 3,
            channel: .voice, attempt: 2, segments: 100_000, state: .failed, country: Region(country) ?? .none)
        row.cost = -42_500
        row.provider = 5
        row.final = false
        row.currency = currency
        row.reason = reason
        row.reference = reference
        return row
    }

    /// Written in place, a row is what its fields are one by one.
    @Test(arguments: [
        ("SG", "SGD", "", "0123456789abcdef-and-longer"), ("001", "", "refusé", ""), ("", "", "", ""),
    ])
    func aRowIsItsFieldsOneAfterTheOther(country: String, currency: String, reason: String, reference: String) {
        let row = row(country: country, currency: currency, reason: reason, reference: reference)
        let address = Array("+6591234567".utf8)
        let nobody: [UInt8] = []
        var rows = CopyRows()
        row.append(to: &rows, slice: slice, address: address.span, sealedWith: cipher)
        row.append(to: &rows, slice: slice, address: nobody.span, sealedWith: cipher)

        var expected = CopyRows()
        for text in [address, nobody] {
            expected.startRow(columns: 20)
            expected.append(row.message.rawValue)
            expected.append(row.at)
            for number in [row.cost, row.hash.searchKey, ReferenceHash.of(reference), row.campaign] {
                expected.append(number)
            }
            for number: Int32 in [7, 3, 5] { expected.append(number) }
            for number: Int16 in [2, .max, row.state.rawValue] { expected.append(number) }
            expected.append(false)
            expected.append(Int16(0))
            for text in [country, currency, reason, reference] { expected.append(text: text) }
            var sealed: [UInt8] = []
            cipher.seal(text.span, nonce: LedgerRow.nonce(row.message, .voice), into: &sealed)
            expected.append(bytes: sealed)
            expected.append(Channel.voice.code)
        }
        #expect(rows.bytes == expected.bytes)
        #expect(rows.count == 2)
    }

    /// What a provider says may hold a NUL, which PostgreSQL takes in no text: it must not stop a window.
    @Test func aNULIsWrittenAsABlank() {
        var rows = CopyRows()
        let row = row(country: "", currency: "", reason: "a\0b", reference: "\0")
        row.append(to: &rows, slice: slice, address: Array("x".utf8).span, sealedWith: cipher)
        var plain = CopyRows()
        var blank = row
        blank.reason = "a b"
        blank.append(to: &plain, slice: slice, address: Array("x".utf8).span, sealedWith: cipher)
        #expect(String(decoding: rows.bytes, as: UTF8.self).contains("a b"))
        #expect(rows.bytes.count == plain.bytes.count)
    }
}
