import Crypto
import Glibc
import Synchronization
import Testing

@testable import HTTPServer

/// HTTPS as curl and OpenSSL see it.
@Suite struct TLSTests {
    private static func withServer(
        _ routes: [Route] = [RouteServerTests.echo, RouteServerTests.upload],
        _ set: (inout HTTPServer.Options) -> Void = { _ in }, _ work: (HTTPServer, String) throws -> Void
    ) throws {
        try Program.withFolder { folder in
            try DevelopmentCertificate().write(certificatePath: folder + "/cert.pem", keyPath: folder + "/key.pem")
            let pair = try ServerCertificate(certificatePath: folder + "/cert.pem", keyPath: folder + "/key.pem")
            let server = try RouteServerTests.server(routes) {
                $0.certificate = pair
                set(&$0)
            }
            try work(server, folder)
            server.stop()
        }
    }

    private static func curl(_ arguments: [String]) throws -> Program.Result {
        try Program.run("/usr/bin/curl", ["-sS", "--max-time", "60"] + arguments)
    }

    @Test(arguments: ["localhost", "127.0.0.1"]) func theDevelopmentCertificateIsForThisMachine(host: String)
        async throws
    {
        try await onThread {
            try Self.withServer { server, folder in
                let url = "https://\(host):\(server.port)/echo"
                let result = try Self.curl(["--cacert", folder + "/cert.pem", "-i", "-d", "hello", url])
                #expect(result.output.hasPrefix("HTTP/1.1 200 ") && result.output.hasSuffix("\r\n\r\nhello"))
                #expect(result.output.contains("Strict-Transport-Security: max-age=31536000\r\n"))
                #expect(try Self.curl([url]).status == 60)
                var status = stat()
                #expect(stat(folder + "/key.pem", &status) == 0 && status.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test(arguments: [("1.0", false), ("1.1", false), ("1.2", true), ("1.3", true)])
    func oldVersionsAreRefused(version: String, isTaken: Bool) async throws {
        try await onThread {
            try Self.withServer { server, folder in
                // OpenSSL itself refuses the old ones at its usual level.
                let result = try Self.curl([
                    "--cacert", folder + "/cert.pem", "--tlsv\(version)", "--tls-max", version, "--ciphers",
                    "DEFAULT:@SECLEVEL=0", "https://localhost:\(server.port)/none",
                ])
                #expect((result.status == 0) == isTaken, "\(result.output)")
            }
        }
    }

    @Test func largeBodiesOverTLS() async throws {
        try await onThread {
            try Self.withServer { server, folder in
                let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                let path = folder + "/body"
                let file = try #require(fopen(path, "w"))
                fwrite(body, 1, body.count, file)
                fclose(file)
                let trust = ["--cacert", folder + "/cert.pem"]
                let url = "https://localhost:\(server.port)"
                let result = try Self.curl(trust + ["-T", path, url + "/upload/x"])
                #expect(result.output == "x \(body.count) true \(RouteServerTests.sum(body))")
                let chunked = try Self.curl(
                    trust + ["-T", path, "-H", "Transfer-Encoding: chunked", url + "/upload/x"])
                #expect(chunked.output == result.output)
                // Refused in the middle; curl reads the answer all the same.
                let refused = try Self.curl(
                    trust + [
                        "-X", "POST", "-T", path, "-H", "Transfer-Encoding: chunked", "-H", "Expect:", "-w",
                        "%{http_code}",
                        "-o", "/dev/null", url + "/echo",
                    ])
                #expect(refused.output.hasSuffix("413"))
            }
        }
    }

    @Test func aRenewedCertificateIsShown() async throws {
        try await onThread {
            let notices = Mutex<[String]>([])
            try Self.withServer(
                RouteServerTests.routes, { $0.notice = { notice in notices.withLock { $0.append(notice) } } }
            ) {
                server, folder in
                let url = "https://localhost:\(server.port)/none"
                let arguments = ["--cacert", folder + "/next.pem", url]
                let next = try DevelopmentCertificate()
                try next.write(certificatePath: folder + "/next.pem", keyPath: folder + "/next.key")
                #expect(try Self.curl(arguments).status == 60)
                // The certificate alone is no pair: the old one stays.
                try next.write(certificatePath: folder + "/cert.pem", keyPath: folder + "/other.key")
                var isRenewed = false
                for round in 0..<600 where !isRenewed {
                    isRenewed = try Self.curl(arguments).status == 0
                    let isComplained = notices.withLock { $0.contains { $0.contains("doesn't belong") } }
                    if round % 10 == 9 || isComplained {
                        try next.write(certificatePath: folder + "/cert.pem", keyPath: folder + "/key.pem")
                    }
                    if !isRenewed { usleep(100_000) }
                }
                #expect(isRenewed)
                #expect(notices.withLock { $0 }.last == "A renewed certificate is in use.")
            }
        }
    }

    @Test func whatIsNoPairIsRefused() throws {
        let one = try DevelopmentCertificate()
        let other = try DevelopmentCertificate(hostNames: ["sms.example.org", "not a name", "a,IP:8.8.8.8"])
        #expect(throws: CertificateError.mismatch) {
            try ServerCertificate(certificate: one.certificate, key: other.key)
        }
        #expect(throws: CertificateError.badKey) { try ServerCertificate(certificate: one.certificate, key: []) }
        #expect(throws: CertificateError.badCertificate) { try ServerCertificate(certificate: one.key, key: one.key) }
        #expect(throws: CertificateError.unreadable(path: "/nothing/here")) {
            try ServerCertificate(certificatePath: "/nothing/here", keyPath: "/nothing/there")
        }
    }

    /// Bytes that are no TLS, and a handshake that never ends.
    @Test func whoSpeaksNoTLSIsCutOff() async throws {
        try await onThread {
            try Self.withServer(RouteServerTests.routes, { $0.headSeconds = 1 }) { server, _ in
                let plain = RawClient(port: server.port)
                plain.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(!plain.rest().hasPrefix("HTTP"))
                let half = RawClient(port: server.port)
                half.write([0x16, 3, 1, 2, 0])
                #expect(half.isClosed(within: 60, dripping: ""))
            }
        }
    }
}
