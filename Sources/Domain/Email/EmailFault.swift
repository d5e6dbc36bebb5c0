/// Why a text is not a usable email address.
package enum EmailFault: UInt8, Error, Sendable, Hashable, CaseIterable {
    case missing
    case noAt
    case controlCharacters
    case displayName
    case localMissing
    case localTooLong
    case localCharacters
    case localDots
    case domainMissing
    case domainCharacters
    case domainLabels
    case domainTooLong
    case domainIncomplete
    case domainReserved
    case domainNotIDNA
    case tooLong

    package var code: RejectCode {
        switch self {
        case .missing: .emailMissing
        case .noAt: .emailNoAt
        case .controlCharacters: .emailControlCharacters
        case .displayName: .emailDisplayName
        case .localMissing: .emailLocalMissing
        case .localTooLong: .emailLocalTooLong
        case .localCharacters: .emailLocalCharacters
        case .localDots: .emailLocalDots
        case .domainMissing: .emailDomainMissing
        case .domainCharacters: .emailDomainCharacters
        case .domainLabels: .emailDomainLabels
        case .domainTooLong: .emailDomainTooLong
        case .domainIncomplete: .emailDomainIncomplete
        case .domainReserved: .emailDomainReserved
        case .domainNotIDNA: .emailDomainNotIDNA
        case .tooLong: .emailTooLong
        }
    }
}
