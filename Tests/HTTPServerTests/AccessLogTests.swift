import Foundation
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct AccessLogTests {
    private static func log(_ requests: [String]) throws -> [AccessRecord] {
        let records = Mutex<[AccessRecord]>([])
        let server = try RouteServerTests.server([
            Route(.get, "/v1/people/{number}", operationID: "x") { request, _ in
                var response = HTTPResponse.text(200, "hello")
                response.caller = "key\"7"
                response.tenant = "acme"
                response.headers.append(("X-Trace", request.trace.header))
                return response
            }
        ]) { $0.log = { record in records.withLock { $0.append(record) } } }
        for request in requests {
            let client = RawClient(port: server.port)
            client.write(request)
            #expect(client.rest().hasPrefix("HTTP/1.1 "))
        }
        server.stop()
        return records.withLock { $0 }
    }

    @Test func namesTheRouteAndNobody() async throws {
        try await onThread {
            let records = try Self.log([
                "GET /v1/people/+6512345678?name=Anna HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Request-Id: a-1\r\n"
                    + "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
                "DELETE /v1/people/+6512345678 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET /wp-admin HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Request-Id: a\"b\r\n\r\n",
                "GET /v1 HTTP/1.1\r\nHost: h@h\r\n\r\n",
            ])
            #expect(records.map(\.route) == ["/v1/people/{number}", "/v1/people/{number}", "-", "-"])
            #expect(records.map(\.status) == [200, 405, 404, 400])
            #expect(records.map(\.operation) == ["x", "-", "-", "-"])
            #expect(records[0].requestID == "a-1" && records[0].traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(records[0].bytes == 5 && records[0].caller == "key\"7" && records[0].method == "GET")
            #expect(records[2].requestID.count == 32 && Set(records.map(\.traceID)).count >= 3)
            for record in records {
                let line = record.line()
                #expect(!line.contains("65123") && !line.contains("Anna") && line.hasSuffix("}\n"))
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["status"] as? Int == record.status)
                #expect(object?["request_id"] as? String == record.requestID)
            }
        }
    }

    @Test func tellsOfTheAddressAsMuchAsWasAskedFor() async throws {
        try await onThread {
            let records = try Self.log(["GET /v1/people/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"])
            var record = try #require(records.first)
            #expect(record.tenant == "acme" && record.line().contains(#""tenant":"acme""#))
            #expect(!record.line().contains("127.0.0"))
            #expect(record.line(addresses: .network).contains(#""network":"127.0.0.0/24""#))
            #expect(record.line(addresses: .full).contains(#""address":"127.0.0.1""#))
            record.client = try #require(IPAddress("2001:db8:1:2::3"))
            #expect(record.line(addresses: .network).contains(#""network":"2001:db8:1::/48""#))
        }
    }

    @Test func aTraceIsAnsweredToWhoNamedIt() async throws {
        try await onThread {
            let server = try RouteServerTests.server([Route(.get, "/", operationID: "x") { _, _ in .text(200, "") }])
            defer { server.stop() }
            let named = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            for (line, isAnswered) in [("traceparent: \(named)\r\n", true), ("", false), ("traceparent: x\r\n", false)]
            {
                let client = RawClient(port: server.port)
                client.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(line)\r\n")
                #expect(client.rest().contains("traceresponse: \(named)\r\n") == isAnswered)
            }
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]) func times(milliseconds: Int64, text: String)
    {
        #expect(UTCTime.text(milliseconds: milliseconds) == text)
    }
}
