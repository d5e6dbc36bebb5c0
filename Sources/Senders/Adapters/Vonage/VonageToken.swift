import Crypto
import Domain
private import Synchronization

/// The token by which an application of Vonage shows who it is: signed by ourselves, used for some minutes, so that not
/// every call costs a signature of RSA.
final class VonageToken: Sendable {
    private static let lasts: Duration = .seconds(900)
    private static let renewed: Duration = .seconds(600)

    private let application: String
    private let key: SigningKey
    private let clock: @Sendable () -> Timestamp
    private let held = Mutex<(header: [UInt8], since: Timestamp)?>(nil)

    init(application: String, key: SigningKey, clock: @escaping @Sendable () -> Timestamp) {
        self.application = application
        self.key = key
        self.clock = clock
    }

    /// The value of the `Authorization` header; empty where OpenSSL could not sign, and Vonage then refuses the call.
    func header() -> [UInt8] {
        let now = clock()
        return held.withLock { held in
            // A clock that was set back makes a token of the future: that one is renewed too.
            if let held, now >= held.since, now - held.since < Self.renewed { return held.header }
            let seconds = now.micros / 1_000_000
            let claims: JSON = [
                "application_id": .string(application), "iat": .int(seconds),
                "exp": .int(seconds + Self.lasts.components.seconds),
                "jti": .string("\(UInt64.random(in: .min ... .max))-\(now.micros)"),
            ]
            guard let token = try? JSONWebToken.signed(claims, .rs256, keyID: nil, key: key) else { return [] }
            let header = Array("Bearer ".utf8) + token
            held = (header, now)
            return header
        }
    }
}
