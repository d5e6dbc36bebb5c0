import Crypto
import Domain

/// An access token for a service account (OAuth 2, RFC 7523): an assertion signed with its key is exchanged for it.
struct GoogleAccessToken: Sendable {
    let account: ServiceAccount
    /// How the place of the tokens is reached.
    let transport: HTTPTransport
    let clock: CredentialClock

    private static let scope = "https://www.googleapis.com/auth/firebase.messaging"
    /// What Google wants to stand in the assertion, wherever the token is fetched.
    private static let audience = "https://oauth2.googleapis.com/token"
    private static let lifetime: Int64 = 3600
    /// Renewed so long before its end, so that none runs out on its way.
    private static let margin: Duration = .seconds(300)

    func fetch(over loop: CurlLoop) async -> Result<TokenCache.Token, CredentialFault> {
        guard let assertion = try? assertion() else {
            return .failure(Self.refused(ProviderReason.accountRefused, "cannot sign"))
        }
        let url = account.tokenURL.bytes
        let answer = await HTTPFetch.send(transport, over: loop) { request in
            request.url.append(url)
            request.header("Content-Type", Array("application/x-www-form-urlencoded".utf8))
            request.body.append(form: "assertion", assertion)
            request.body.append(form: "grant_type", Array("urn:ietf:params:oauth:grant-type:jwt-bearer".utf8))
        }
        return Self.read(answer)
    }

    func assertion() throws(CryptoError) -> [UInt8] {
        let now = clock.date().micros / 1_000_000
        let claims: JSON = [
            "iss": .string(account.email), "scope": .string(Self.scope), "aud": .string(Self.audience),
            "iat": .int(now), "exp": .int(now + Self.lifetime),
        ]
        return try JSONWebToken.signed(claims, .rs256, keyID: account.keyID, key: account.key)
    }

    /// Whatever goes wrong here, no message was sent.
    static func read(_ answer: HTTPFetch.Answer) -> Result<TokenCache.Token, CredentialFault> {
        guard answer.status != 0 else {
            return .failure(
                CredentialFault(
                    .notSent(
                        reason: ProviderReason.text(
                            ProviderReason.noConnection, FCMAdapter.kind, "token: \(answer.problem)"))))
        }
        let json = try? JSON.parse(answer.body)
        guard answer.status == 200 else {
            if answer.status == 429 {
                return .failure(
                    CredentialFault(.throttled(after: answer.retryAfter ?? .seconds(5)), status: answer.status))
            }
            let code = json?["error"]?.stringValue ?? json?["error"]?["status"]?.stringValue ?? ""
            let word = answer.status >= 500 ? ProviderReason.providerBusy : ProviderReason.accountRefused
            let known = FCMAdapter.knownTokenErrors.contains(code) ? code : "token \(answer.status)"
            return .failure(refused(word, known, status: answer.status))
        }
        guard let token = json?["access_token"]?.stringValue, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return .failure(refused(ProviderReason.unclearReply, "token")) }
        let seconds = json?["expires_in"]?.doubleValue ?? Double(lifetime)
        let lasts: Duration = .seconds(min(max(seconds, 0), Double(lifetime)))
        return .success(
            TokenCache.Token(bytes: Array("Bearer \(token)".utf8), lasts: max(lasts - margin, lasts / 2)))
    }

    private static func refused(_ word: String, _ code: String, status: Int = 0) -> CredentialFault {
        CredentialFault(.temporary(reason: ProviderReason.text(word, FCMAdapter.kind, code)), status: status)
    }
}
