import Testing

@testable import Domain

@Suite struct PushTokenTests {
    private func check(_ text: String) -> Result<PushToken.Service, PushToken.Fault> {
        let bytes = Array(text.utf8)
        return PushToken.check(bytes.span)
    }

    static let accepted: [(String, PushToken.Service)] = [
        (String(repeating: "0aF9", count: 16), .apns),
        (String(repeating: "ab", count: 100), .apns),
        ("dYx7_K3-Qz0:APA91b" + String(repeating: "Hj-_9", count: 25), .fcm),
    ]

    @Test(arguments: accepted)
    func knowsWhoseTokenItIs(text: String, service: PushToken.Service) {
        #expect(check(text) == .success(service))
    }

    static let refused: [(String, PushToken.Fault)] = [
        ("", .missing),
        ("abc123", .tooShort),
        (String(repeating: "a", count: 65), .tooShort),
        (String(repeating: "ab", count: 101), .tooLong),
        ("xyz:" + String(repeating: "a", count: 60), .tooShort),
        ("x" + String(repeating: "a", count: 2000), .tooLong),
        ("<" + String(repeating: "0aF9", count: 16) + ">", .badCharacters),
        (String(repeating: "0aF9 ", count: 16), .badCharacters),
        ("dYx7\r\n" + String(repeating: "a", count: 120), .badCharacters),
    ]

    @Test(arguments: refused)
    func refusesWhatNoServiceMakes(text: String, fault: PushToken.Fault) {
        #expect(check(text) == .failure(fault))
    }

    @Test func everyFaultHasItsOwnCode() {
        #expect(Set(PushToken.Fault.allCases.map(\.code)).count == PushToken.Fault.allCases.count)
    }
}
