import TestSupport
import Testing

@testable import Domain

@Suite struct PhoneTableTests {
    private func check(_ text: String, _ region: String, _ repair: PhoneRepairPolicy = .certain) -> PhoneVerdict {
        PhoneTable.check(text, defaultRegion: Region(region) ?? .none, repair: repair)
    }

    static let readAsTheyStand: [(String, String, String)] = [
        ("+6591234567", "", "+6591234567"), ("9123 4567", "SG", "+6591234567"),
        ("(020) 7946-0018", "GB", "+442079460018"),
        ("+44 (0)20 7946-0018", "US", "+442079460018"), ("0044 20 7946 0018", "DE", "+442079460018"),
        ("011 44 20 7946 0018", "US", "+442079460018"), ("'+447911123456", "", "+447911123456"),
        ("447911123456", "GB", "+447911123456"), ("tel:+44-7911-123456", "", "+447911123456"),
        ("07911 123456 ext. 12", "GB", "+447911123456"), ("０７９１１１２３４５６", "GB", "+447911123456"),
        ("٠٧٩١١١٢٣٤٥٦", "GB", "+447911123456"), ("1-800-FLOWERS", "US", "+18003569377"),
        ("011 15 2345-6789", "AR", "+5491123456789"), ("06 1234 5678", "IT", "+390612345678"),
        ("0 31 11 91234-5678", "BR", "+5511912345678"), ("=\"6591234567\"", "SG", "+6591234567"),
    ]

    @Test(arguments: readAsTheyStand.indices, [PhoneRepairPolicy.none, .certain])
    func readsNumbersAsPeopleWriteThem(index: Int, policy: PhoneRepairPolicy) throws {
        let (text, region, expected) = Self.readAsTheyStand[index]
        let verdict = check(text, region, policy)
        let number = try #require(verdict.number)
        #expect(number.e164 == expected)
        #expect(verdict == .valid(number, repair: nil))
    }

    static let repaired: [(String, String, String, PhoneRepair, PhoneFault)] = [
        ("447911123456", "SG", "+447911123456", .lostPlus, .lostPlus),
        ("'447911123456", "SG", "+447911123456", .lostPlus, .lostPlus),
        ("707123456", "CI", "+2250707123456", .lostZero, .lostZero),
        ("6591234567.0", "SG", "+6591234567", .decimals, .decimals),
        ("7911123456.00", "GB", "+447911123456", .decimals, .decimals),
        ("4.47911123456E+11", "SG", "+447911123456", .scientific, .scientificNotation),
        ("4,47911123456e+11", "GB", "+447911123456", .scientific, .scientificNotation),
        ("6.591234567E9", "SG", "+6591234567", .scientific, .scientificNotation),
        ("+44 7911\u{200E}123456", "", "+447911123456", .invisible, .hiddenCharacters),
        ("07911\u{202F}123\u{202F}456", "GB", "+447911123456", .invisible, .hiddenCharacters),
    ]

    @Test(arguments: repaired.indices) func repairsWhatIsCertainAndNamesItOtherwise(index: Int) throws {
        let (text, region, expected, repair, fault) = Self.repaired[index]
        let number = try #require(check(text, region).number)
        #expect(number.e164 == expected)
        #expect(check(text, region) == .valid(number, repair: repair))
        #expect(check(text, region, .none) == .fault(fault))
    }

    static let refused: [(String, String, PhoneFault)] = [
        ("", "SG", .missing), ("   ", "SG", .missing), ("\u{A0}", "SG", .missing), ("-", "SG", .notANumber),
        ("n/a", "SG", .letters), ("call me", "SG", .letters), ("91234567", "", .noDefaultRegion),
        ("91234567", "001", .noDefaultRegion), ("+999123456789", "SG", .unknownCallingCode),
        ("+65912", "", .tooShort), ("+659123456789012", "", .tooLong), ("+6521234567", "", .notAssigned),
        ("44 7911 123456", "SG", .lostPlus), (";phone-context=+1;2125551234", "US", .letters),
        (String(repeating: "1", count: 100), "US", .tooLong), (String(repeating: "9", count: 2000), "US", .tooLong),
        ("4.47911E+11", "GB", .scientificNotation), ("4,47911E+11", "GB", .scientificNotation),
        ("2024-01-02", "GB", .date), ("01/02/2024", "US", .date), ("12-Mar-45", "US", .date),
        ("2024-01-02 00:00:00", "GB", .date), ("Mar-45", "GB", .date),
        ("+6591234567 / +6581234567", "SG", .severalNumbers),
        // Nothing here can tell a lost plus from a mistyped number, so a person decides.
        ("14155552671", "SG", .lostPlus), ("612345678", "IT", .lostZero),
        // Both 171 2345678 and 171 23456780 are German mobile numbers.
        ("1712345678.0", "DE", .decimals),
    ]

    @Test(arguments: refused.indices) func refusesWithAReason(index: Int) {
        let (text, region, fault) = Self.refused[index]
        #expect(check(text, region) == .fault(fault), "\(text)")
    }

    @Test func readsBytesThatAreNoText() {
        let bytes: [UInt8] = [0x2B, 0x36, 0x35, 0xFF, 0x39]
        #expect(PhoneTable.check(bytes.span, defaultRegion: .none) == .fault(.notANumber))
    }

    /// A repair never overrules a reading that is valid as it stands; in front of `.0` it may refuse one.
    @Test func repairsDoNotTouchValidNumbers() throws {
        for line in try PythonOracle.lines("phone.py", ["20", "4711"]) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 5, fields[1] == "1" else { continue }
            let bytes = PythonOracle.bytes(hex: fields[4])
            let verdict = PhoneTable.check(bytes.span, defaultRegion: Region(fields[0]) ?? .none)
            #expect(verdict.number?.e164 == String(fields[2]) || verdict == .fault(.decimals))
        }
    }

    @Test func writesTheDigitsWithAndWithoutPlus() throws {
        let number = try #require(check("+39 06 1234 5678", "").number)
        var bytes: [UInt8] = []
        number.appendDigits(to: &bytes)
        #expect(bytes == Array("390612345678".utf8))
        #expect(number.callingCode == 39 && number.region.code == "IT")
    }

    @Test func everyFaultHasItsOwnCode() {
        #expect(Set(PhoneFault.allCases.map(\.code)).count == PhoneFault.allCases.count)
    }
}
