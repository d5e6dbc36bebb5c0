import Crypto
import Domain
import TestSupport
import Testing

@testable import Senders

@Suite struct SignatureV4Tests {
    @Test func requestsAreSignedAsBotocoreSignsThem() throws {
        let lines = try PythonOracle.json("amazon.py", ["sign"])
        #expect(lines.count == 40)
        for line in lines {
            func text(_ name: String) throws -> String { try #require(line[name]?.stringValue) }
            let signature = SignatureV4(
                accessKey: try text("key"), secret: try text("secret"), region: try text("region"),
                service: try text("service"), sessionToken: line["token"]?.stringValue)
            let time = Timestamp(micros: try #require(line["seconds"]?.intValue) * 1_000_000 + 999_999)
            #expect(SignatureV4.stamp(time) == (try text("stamp")))
            var headers = [("host", try text("host")), ("x-amz-date", try text("stamp"))]
            if let type = line["type"]?.stringValue { headers.append(("content-type", type)) }
            if let token = line["token"]?.stringValue { headers.append(("x-amz-security-token", token)) }
            let found = signature.authorization(
                method: "POST", path: try text("path"), query: try text("query"), headers: headers,
                bodyHash: Digest.sha256(Array(try text("body").utf8)), stamp: try text("stamp"))
            #expect(found == (try text("authorization")))
        }
    }
}

@Suite struct AmazonNotificationTests {
    static func trust(_ certificate: String, topic: String = "arn:aws:sns:eu-west-1:123456789012:herald") throws
        -> AmazonTrust
    {
        var object = JSONObject()
        object["notification_certificate"] = .string(certificate)
        object["topic_arn"] = .string(topic)
        var reader = ConfigReader(object)
        return try #require(try AmazonTrust(&reader))
    }

    @Test func envelopesOfBothVersionsAreVerified() throws {
        let lines = try PythonOracle.json("amazon.py", ["notifications"])
        #expect(lines.count == 12)
        for line in lines {
            let body = Array(try #require(line["body"]?.stringValue).utf8)
            let pem = try #require(line["certificate"]?.stringValue)
            let other = try #require(line["other"]?.stringValue)
            let notification = try #require(AmazonNotification(body))
            let at = try #require(notification.at)
            #expect("\(at)" == "2026-03-01T09:05:00.250Z")
            #expect(notification.verify(try Self.trust(pem), now: at) == .genuine)
            #expect(notification.verify(try Self.trust(other + pem), now: at + .seconds(3600)) == .genuine)
            #expect(notification.verify(try Self.trust(other), now: at) == .forged("wrong signature"))
            #expect(notification.verify(try Self.trust(pem, topic: "arn:x"), now: at) == .forged("another topic"))
            #expect(notification.verify(try Self.trust(pem), now: at + .seconds(4000)) == .forged("too old"))
            #expect(notification.verify(try Self.trust(pem), now: at - .seconds(400)) == .forged("too old"))
            for (old, new) in [
                ("STOP", "STAP"), (#""m1""#, #""m2""#), ("KEYWORD_1", "KEYWORD_2"),
                ("https://sns.eu-west-1.amazonaws.com/Sim", "https://sns.eu-west-1.amazonaws.com.evil.example/Sim"),
            ] {
                let forged = String(decoding: body, as: UTF8.self).replacing(old, with: new)
                let verdict = try #require(AmazonNotification(Array(forged.utf8))).verify(try Self.trust(pem), now: at)
                #expect(verdict != .genuine, "\(old)")
            }
        }
    }

    @Test(arguments: [
        ("https://sns.eu-west-1.amazonaws.com/S-1.pem", true),
        ("https://sns.cn-north-1.amazonaws.com.cn/S-1.pem", true),
        ("http://sns.eu-west-1.amazonaws.com/S-1.pem", false),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/S-1.pem", false),
        ("https://evil.example/sns.eu-west-1.amazonaws.com/S-1.pem", false),
        ("https://sns.eu-west-1.amazonaws.com@evil.example/S-1.pem", false),
        ("https://sns.amazonaws.com.evil/S-1.pem", false), ("https://sns.x.amazonaws.com/S-1.txt", false),
        ("https://s3.eu-west-1.amazonaws.com/S-1.pem", false), ("", false),
    ])
    func certificatesStandAtAmazonsOnly(url: String, isAmazons: Bool) {
        #expect(AmazonNotification.isAmazons(url) == isAmazons)
    }
}
