import Crypto
import Domain

/// The token by which Apple knows the team. Apple refuses one that is older than an hour, and takes a new one at
/// most every 20 minutes.
struct APNsProviderToken: Sendable {
    let key: SigningKey
    let keyID: String
    let teamID: String
    let clock: CredentialClock

    static let lifetime: Duration = .seconds(50 * 60)
    static let leastAge: Duration = .seconds(20 * 60)

    func make() -> Result<TokenCache.Token, CredentialFault> {
        let claims: JSON = ["iss": .string(teamID), "iat": .int(clock.date().micros / 1_000_000)]
        guard let token = try? JSONWebToken.signed(claims, .es256, keyID: keyID, key: key) else {
            let reason = ProviderReason.text(ProviderReason.accountRefused, APNsAdapter.kind, "cannot sign")
            return .failure(CredentialFault(.temporary(reason: reason)))
        }
        return .success(TokenCache.Token(bytes: Array("bearer ".utf8) + token, lasts: Self.lifetime))
    }
}
