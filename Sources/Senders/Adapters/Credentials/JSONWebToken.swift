import Crypto
import Domain

/// Signed tokens in the compact form of RFC 7515, by which we show vendors who we are.
enum JSONWebToken {
    enum Algorithm: String {
        case rs256 = "RS256"
        case es256 = "ES256"
    }

    static func signed(
        _ claims: JSON, _ algorithm: Algorithm, keyID: String?, key: SigningKey
    ) throws(CryptoError) -> [UInt8] {
        var header: JSONObject = JSONObject()
        header["alg"] = .string(algorithm.rawValue)
        header["typ"] = "JWT"
        if let keyID { header["kid"] = .string(keyID) }
        let dot = [UInt8(ascii: ".")]
        let signed = coded(.object(header)) + dot + coded(claims)
        let signature =
            switch algorithm {
            case .rs256: try key.rsaSHA256(signed)
            case .es256: try key.es256(signed)
            }
        return signed + dot + Base64.urlEncode(signature)
    }

    private static func coded(_ value: JSON) -> [UInt8] {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return Base64.urlEncode(bytes)
    }
}
