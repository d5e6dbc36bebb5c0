import Domain
import Testing

@testable import Senders

struct LimitSettingsTests {
    @Test func whatIsNotSaidIsUnlimitedAndGuarded() throws {
        let settings = try LimitSettings(json: #"{"url": "https://sms.example/"}"#)
        #expect(settings == LimitSettings())
        #expect(settings.account == nil && settings.breaker != nil && settings.criticalShare == 0.2)
    }

    @Test func everythingCanBeSaid() throws {
        let settings = try LimitSettings(
            json: """
                {"limit_per_second": 0.5, "limit_burst": 3, "limits": {"SG": 30, "us": 1}, "critical_share": 0.5,
                 "breaker": {"error_share": 0.4, "timeout_share": 0.2, "calls": 20, "hold_ms": 500,
                 "longest_hold_ms": 2000}, "concurrency": 7}
                """)
        #expect(settings.account == .init(perSecond: 0.5, burst: 3))
        #expect(settings.destinations[try #require(Region("SG"))] == .init(perSecond: 30, burst: 7.5))
        #expect(settings.destinations[try #require(Region("US"))] == .init(perSecond: 1, burst: 2))
        #expect(settings.criticalShare == 0.5 && settings.concurrency == 7)
        #expect(settings.breaker?.fewestCalls == 20 && settings.breaker?.longestHold == .seconds(2))
        #expect(try LimitSettings(json: #"{"breaker": false}"#).breaker == nil)
    }

    @Test(
        arguments: [
            (#"{"limit_per_second": 0}"#, "limit_per_second"), (#"{"limit_per_second": "30"}"#, "limit_per_second"),
            (#"{"limit_per_second": -1}"#, "limit_per_second"), (#"{"limit_burst": 5}"#, "limit_per_second"),
            (#"{"limit_per_second": 5, "limit_burst": 0}"#, "limit_burst"), (#"{"limits": 30}"#, "limits"),
            (#"{"limits": {"Singapore": 30}}"#, "limits.Singapore"), (#"{"limits": {"SG": "x"}}"#, "limits.SG"),
            (#"{"limits": {"001": 1}}"#, "limits.001"), (#"{"critical_share": 1}"#, "critical_share"),
            (#"{"breaker": true}"#, "breaker"), (#"{"breaker": {"error": 1}}"#, "breaker.error"),
            (#"{"breaker": {"error_share": 0}}"#, "breaker.error_share"),
            (#"{"breaker": {"hold_ms": 5000, "longest_hold_ms": 1000}}"#, "breaker.longest_hold_ms"), ("[]", ""),
        ])
    func nonsenseIsRefusedByItsPlace(json: String, place: String) {
        #expect {
            try LimitSettings(json: json)
        } throws: {
            ($0 as? ConfigError)?.setting == place
        }
    }

    @Test func everyKindTakesTheCommonSettings() throws {
        let common =
            #""limit_per_second": 30, "limit_burst": 5, "limits": {"SG": 1}, "critical_share": 0.1, "breaker": false"#
        _ = try SandboxSettings(json: "{\(common)}")
        _ = try HTTPProviderConfig(json: #"{"url": "https://sms.example/", "json": {}, \#(common)}"#)
        #expect(throws: ConfigError.self) { try SandboxSettings(json: #"{"limit_per_secnd": 1}"#) }
        // Only at the top: inside of another setting they mean nothing.
        #expect(throws: ConfigError.self) {
            try HTTPProviderConfig(json: #"{"url": "https://sms.example/", "sent": [{"status": 200, "limits": {}}]}"#)
        }
    }
}
