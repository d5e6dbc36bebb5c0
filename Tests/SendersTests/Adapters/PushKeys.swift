import Domain
private import Foundation
import TestSupport

@testable import Senders

/// Keys for the tokens that push services want, made once.
enum PushKeys {
    struct Pair: Sendable {
        var secret: String
        var open: String
    }

    static let rsa = Result { try pair("rsa") }
    static let elliptic = Result { try pair("es256") }

    private static func pair(_ kind: String) throws -> Pair {
        for line in try PythonOracle.json("crypto.py", ["sign"]) where line["kind"]?.stringValue == kind {
            return Pair(secret: line["private"]?.stringValue ?? "", open: line["public"]?.stringValue ?? "")
        }
        throw CocoaError(.fileNoSuchFile)
    }

    /// What PyPI's PyJWT reads out of a token.
    static func claims(_ token: String, _ algorithm: String, key: Pair, audience: String? = nil) throws -> JSON? {
        let hex = key.open.utf8.map { String(format: "%02x", $0) }.joined()
        return try PythonOracle.json(
            "vendors/jwt_claims.py", [algorithm, hex, token] + (audience.map { [$0] } ?? [])
        ).first
    }
}

/// Clocks that are moved by hand.
final class ManualCredentialClock: Sendable {
    let date = ManualClock()
    private let start = ContinuousClock.now

    var clock: CredentialClock {
        let begin = date.now()
        return CredentialClock(date: { self.date.now() }, instant: { self.start.advanced(by: self.date.now() - begin) })
    }
}
