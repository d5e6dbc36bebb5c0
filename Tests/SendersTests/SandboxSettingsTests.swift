import Domain
import Testing

@testable import Senders

@Suite struct SandboxSettingsTests {
    @Test func readsWhatIsThereAndKeepsTheRest() throws {
        let settings = try SandboxSettings(
            json:
                #"{"latency_ms": 5, "temporary_rate": 0.25, "rate_per_second": 0, "price": "0.0425", "currency": "sgd", "magic": false}"#
        )
        var expected = SandboxSettings()
        expected.latency = .milliseconds(5)
        expected.temporaryRate = 0.25
        expected.pricePerSegment = Currency("SGD").map { Money(micros: 42_500, currency: $0) }
        expected.magic = false
        #expect(settings == expected)
        #expect(try SandboxSettings(json: "{}") == SandboxSettings())
        #expect(try SandboxSettings(json: #"{"price": 0.1, "currency": "USD"}"#).pricePerSegment?.micros == 100_000)
    }

    @Test(arguments: [
        ("latency", #"{"latency": 5}"#), ("latency_ms", #"{"latency_ms": -1}"#),
        ("latency_ms", #"{"latency_ms": "5"}"#),
        ("temporary_rate", #"{"temporary_rate": 1.5}"#),
        ("in_doubt_rate", #"{"temporary_rate": 0.6, "in_doubt_rate": 0.6}"#),
        ("price", #"{"price": "0.0000001", "currency": "USD"}"#), ("currency", #"{"price": "1"}"#),
        ("currency", #"{"price": "1", "currency": "dollars"}"#), ("price", #"{"currency": "USD"}"#),
        ("magic", #"{"magic": 1}"#),
        ("", "[]"), ("", "nothing"),
    ]) func namesTheSettingThatIsWrong(setting: String, text: String) {
        let error = #expect(throws: ConfigError.self) { try SandboxSettings(json: text) }
        #expect(error?.setting == setting)
    }
}
