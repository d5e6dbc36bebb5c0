import Domain
import Foundation
import HTTPServer
import Jobs
import Metrics
import Storage
import TestDatabase
import TestSupport
import Testing

@testable import Gateway

/// What is counted while real messages go, and who may read it.
@Suite(.database) struct MetricsRouteTests {
    private static let otp = #"{"template":"code","category":"otp","to":"+6591234567","data":{"code":"123456"}}"#

    @Test func whatAMessageGoesThroughIsCounted() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .priorityCritical])
        try await bench.run {
            let sent = try await bench.call("POST", "/v1/messages", Self.otp, key: key)
            #expect(sent.status == 202)
            _ = try await bench.message(sent.ids.first ?? "", is: "sent", key: key)
        }
        let unwanted = try await bench.call(
            "POST", "/v1/messages", #"{"template":"code","category":"otp","to":"12","data":{"code":"1"}}"#, key: key)
        #expect(unwanted.status == 422)
        _ = try await bench.call("GET", "/v1/keys", key: key)
        let page = String(decoding: await bench.metrics.page(), as: UTF8.self)
        for line in [
            #"herald_accepted_messages_total{channel="sms",category="otp"} 1"#,
            #"herald_messages_total{channel="sms",state="sent"} 1"#,
            #"herald_provider_outcomes_total{provider="sand",outcome="sent"} 1"#,
            #"herald_provider_call_seconds_count{provider="sand"} 1"#,
            #"herald_accept_to_call_seconds_count{lane="fast"} 1"#,
            #"herald_provider_state{provider="sand",state="closed"} 1"#,
            #"herald_refused_requests_total{problem="invalid",rule=""} 1"#,
            #"herald_refused_requests_total{problem="forbidden",rule="scope"} 1"#,
        ] { #expect(page.contains(line + "\n"), "\(line)") }
        #expect(page.contains("herald_refused_recipients_total{rule="))
        #expect(!page.contains("91234567") && !page.contains("acme"))
    }

    @Test func aRefusalThatPassesIsARetry() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendTransactional])
        try await bench.run {
            // The sandbox refuses this number once.
            let body = #"{"template":"code","category":"transactional","to":"+6595559002","data":{"code":"1"}}"#
            let sent = try await bench.call("POST", "/v1/messages", body, key: key)
            #expect(sent.status == 202)
            _ = try await bench.message(sent.ids.first ?? "", is: "sent", key: key)
        }
        let page = String(decoding: await bench.metrics.page(), as: UTF8.self)
        #expect(page.contains(#"herald_retries_total{provider="sand",next="same"} 1"#))
        #expect(page.contains(#"herald_provider_outcomes_total{provider="sand",outcome="temporary"} 1"#))
        // The first way was waited for once; the second was meant to be later.
        #expect(page.contains(#"herald_accept_to_call_seconds_count{lane="bulk"} 1"#))
    }

    @Test func aKeyNeedsTheOperatorsScope() async throws {
        let bench = try await GatewayBench()
        #expect(try await bench.call("GET", "/metrics").status == 401)
        #expect(try await bench.call("GET", "/metrics", key: try await bench.key([.admin])).rule == "scope")
        // The bench's requests come without TLS.
        #expect(try await bench.call("GET", "/metrics", key: try await bench.key([.metricsRead])).rule == "https")
        // An administrator of a tenant can't give what he has not.
        let made = try await bench.call(
            "POST", "/v1/keys", #"{"source":"checkout","scopes":["metrics:read"]}"#, key: try await bench.key([.admin]))
        #expect(made.status == 403 && made.rule == "key.scopes")
    }

    @Test func thePageIsForItsNetworksAndForKeys() async throws {
        let bench = try await GatewayBench()
        let served = try ServedBench(bench)
        let here = try await served.curl("/metrics", [])
        #expect(here.status == 200 && here.head.contains("text/plain; version=0.0.4"))
        #expect(try await served.curl("/metrics").status == 401)
        let key = try await bench.key([.metricsRead])
        let page = try await served.curl("/metrics", key: key)
        #expect(page.status == 200)
        #expect(page.body.contains(#"herald_http_requests_total{operation="metrics",status="4xx"} 1"#))
        #expect(
            page.body.contains("herald_http_connections ") && page.body.contains("herald_http_request_seconds_bucket"))
        #expect(try await served.curl("/v1/messages", []).status == 403)
        await served.stop()
        let record = try #require(served.records.first { $0.caller != nil })
        #expect(record.operation == "metrics" && record.tenant == "acme" && "\(record.client)" == "198.51.100.7")
    }

    @Test func aBodyThatCantBeReadIsTheClientsFault() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .templatesWrite])
        for path in ["/v1/messages", "/v1/templates"] {
            let torn = try await bench.call("POST", path, "no gzip", key: key, headers: [("Content-Encoding", "gzip")])
            #expect(torn.status == 400 && torn["type"]?.stringValue == "/docs#malformed", "\(path)")
        }
        let served = try ServedBench(bench)
        let chunked = ServedBench.proxied + ["-H", "Transfer-Encoding: chunked", "-H", "Expect:"]
        let large = try await served.curl(
            "/v1/messages", chunked, key: key, body: #"{"x":""# + String(repeating: "a", count: 9 << 20) + #""}"#)
        #expect(large.status == 413 && large.body.contains("/docs#too-large"))
        let coding = try await served.curl(
            "/v1/messages", ServedBench.proxied + ["-H", "Content-Encoding: br"], key: key, body: "{}")
        #expect(coding.status == 415)
        await served.stop()
        #expect(Problem(.interrupted).kind.status == 408)
    }

    @Test func aTraceThatItsSenderKeepsFollowsTheMessage() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.sendOTP, .sendTransactional, .priorityCritical])
        let served = try ServedBench(bench)
        let calls = CallStore(database: bench.database)
        let kept = "4bf92f3577b34da6a3ce929d0e0e4736"
        @Sendable func send(_ body: String, flags: String) async throws -> MessageID {
            let answer = try await served.curl(
                "/v1/messages", ServedBench.proxied + ["-H", "traceparent: 00-\(kept)-00f067aa0ba902b7-\(flags)"],
                key: key, body: body)
            #expect(answer.status == 202 && answer.head.contains("traceresponse: 00-\(kept)-"))
            let id = try #require(try JSON.parse(answer.body)["messages"]?.arrayValue?.first?["id"]?.stringValue)
            _ = try await bench.message(id, is: "sent", key: key)
            return MessageID(rawValue: try #require(Int64(id)))
        }
        try await bench.run {
            let traced = try await send(Self.otp, flags: "01")
            #expect(try await calls.calls(of: traced).map(\.trace) == [kept])
            let passing = try await send(Self.otp, flags: "00")
            #expect(try await calls.calls(of: passing).map(\.trace) == [nil])
            // Taken up by a worker, and tried twice.
            let bulk = #"{"template":"code","category":"transactional","to":"+6595559002","data":{"code":"1"}}"#
            let retried = try await send(bulk, flags: "01")
            #expect(try await calls.calls(of: retried).map(\.trace) == [kept, kept])
        }
        await served.stop()
    }
}
