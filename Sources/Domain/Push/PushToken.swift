/// Checks a device's push token by its form: nobody but the push service knows whether it is a live one.
package enum PushToken {
    package enum Service: String, Sendable, Hashable {
        case apns
        case fcm
    }

    package enum Fault: UInt8, Error, Sendable, Hashable, CaseIterable {
        case missing
        case tooShort
        case tooLong
        case badCharacters

        package var code: RejectCode {
            switch self {
            case .missing: .pushTokenMissing
            case .tooShort: .pushTokenTooShort
            case .tooLong: .pushTokenTooLong
            case .badCharacters: .pushTokenCharacters
            }
        }
    }

    /// 32 bytes today; Apple asks not to rely on that and allows 100.
    static let apnsLength = 64...200
    /// Registration tokens have about 142 to 180 characters, and no documented length. Firebase refuses a
    /// payload of 4 KB, so longer ones are something else.
    static let fcmLength = 100...1024

    /// Which service the token is for. Hexadecimal tokens are Apple's; a colon, an underscore, a hyphen or a
    /// letter beyond F makes it Firebase's.
    package static func check(_ token: borrowing Span<UInt8>) -> Result<Service, Fault> {
        if token.isEmpty { return .failure(.missing) }
        if token.count > fcmLength.upperBound { return .failure(.tooLong) }
        var isHexadecimal = true
        for index in token.indices {
            switch token[index] {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: continue
            case 0x47...0x5A, 0x67...0x7A, 0x2D, 0x3A, 0x5F: isHexadecimal = false
            default: return .failure(.badCharacters)
            }
        }
        if isHexadecimal {
            if token.count < apnsLength.lowerBound { return .failure(.tooShort) }
            if token.count > apnsLength.upperBound { return .failure(.tooLong) }
            return token.count % 2 == 0 ? .success(.apns) : .failure(.tooShort)
        }
        return token.count < fcmLength.lowerBound ? .failure(.tooShort) : .success(.fcm)
    }
}
