import Domain
import Testing

@testable import Ingest

@Suite struct ColumnMapTests {
    @Test(arguments: [
        "Mobile No.", "phone_number", "Handynummer", "Tel", "msisdn", "MSISDN", "customerMobileNo",
        "Téléphone portable",
        "N° de téléphone", "手机号码", "携帯電話番号", "Номер телефона", "Customer phone", " Phone ", "Número de móvil",
        "PHONE-NO",
        "Telefon (mobil)", "to",
    ])
    func findsPhones(header: String) throws {
        let map = try ColumnMap(headers: ["name", header, "amount"], kind: .phone)
        #expect(map.address == 1)
        #expect(map.columns.map(\.role) == [.data, .address, .data])
    }

    @Test(arguments: [
        "E-Mail", "email address", "EMAIL", "e_mail", "Adresse e-mail", "メールアドレス", "Correo electrónico", "user.email",
    ])
    func findsEmails(header: String) throws {
        #expect(try ColumnMap(headers: ["phone", header], kind: .email).address == 1)
    }

    @Test func findsTheOtherRoles() throws {
        let map = try ColumnMap(
            headers: ["device token", "Language", "Time Zone", "customer_id", "Variant", "ordering key", "x", ""],
            kind: .pushToken)
        #expect(
            map.columns.map(\.role) == [
                .address, .locale, .timeZone, .externalID, .variant, .orderingKey, .data, .ignored,
            ])
        // Lines are for messages by ones: whoever has such a column hears of it.
        #expect(map.notes.count == 1 && map.notes[0].contains("is not followed"), "\(map.notes)")
    }

    @Test func theBetterOfTwoIsTakenAndSaid() throws {
        let map = try ColumnMap(headers: ["Phone", "Mobile", "Email"], kind: .phone)
        #expect(map.address == 1)
        #expect(map.notes.count == 1)
        #expect(map.notes[0].contains("\"Mobile\", not from \"Phone\""))
        #expect(map.columns[0].role == .data)
    }

    @Test func mapOverrules() throws {
        let map = try ColumnMap(
            headers: ["Home phone", "Work phone", "First Name", "Lang"], kind: .phone,
            overrides: ["phone": "work PHONE", "name": "First Name", "locale": "Lang"])
        #expect(map.address == 1)
        #expect(map.names == ["Home phone", "Work phone", "name", "Lang"])
        #expect(map.place(of: .locale) == 3)
    }

    @Test(arguments: [
        (
            ["Home phone", "Work phone"], [:],
            IngestError.ambiguousColumn(role: "phone", headers: ["Home phone", "Work phone"])
        ),
        (["a", "b"], ["phone": "c"], .mappedColumnMissing(role: "phone", header: "c", headers: ["a", "b"])),
        (["a", "b"], ["phone": "a", "locale": "a"], .mappedTwice(header: "a")),
        (["a", "b", "a "], ["phone": "b"], .duplicateHeader(name: "a", first: 1, second: 3)),
        (["phone", "x"], ["phone": "x", "b": "phone", "to": "x"], .mappedTwice(header: "x")),
        ([], [:], .noColumn(role: "phone", headers: [])),
    ])
    func refuses(headers: [String], overrides: [String: String], error: IngestError) {
        #expect(throws: error) { try ColumnMap(headers: headers, kind: .phone, overrides: overrides) }
    }

    @Test func blankHeadersMayRepeat() throws {
        let map = try ColumnMap(headers: ["phone", "", "", "name"], kind: .phone)
        #expect(map.columns.map(\.role) == [.address, .ignored, .ignored, .data])
    }

    @Test func ourOwnColumnsAreIgnored() throws {
        let map = try ColumnMap(headers: ["phone", "name"] + RejectsFile.ownColumns, kind: .phone)
        #expect(map.isRejectsFile)
        #expect(map.columns.map(\.role) == [.address, .data] + Array(repeating: .ignored, count: 4))
    }

    @Test func furtherAddressesHaveColumnsOfTheirOwn() throws {
        let headers = ["Device Token", "Mobile", "E-Mail", "Contact", "name"]
        let map = try ColumnMap(headers: headers, kind: .pushToken, further: [.phone, .email])
        #expect(map.address == 0 && map.place(of: .phone) == 1 && map.place(of: .email) == 2)
        #expect(map.columns.map(\.role) == [.address, .phone, .email, .data, .data] && map.notes.isEmpty)
        // Nobody asked for them here.
        let plain = try ColumnMap(headers: headers, kind: .pushToken)
        #expect(plain.columns.map(\.role) == [.address, .data, .data, .data, .data])
    }

    @Test func aFurtherAddressIsMappedByItsWordAndMayBeMissing() throws {
        let map = try ColumnMap(
            headers: ["token", "a", "b"], kind: .pushToken, further: [.phone, .email], overrides: ["phone": "a"])
        #expect(map.address == 0 && map.place(of: .phone) == 1 && map.place(of: .email) == nil)
        #expect(map.notes == ["no column looks like email; --map email=COLUMN names one"])
        // Without it the word still means the main address.
        let plain = try ColumnMap(headers: ["a", "b"], kind: .phone, overrides: ["mobile": "b"])
        #expect(plain.address == 1)
    }
}
