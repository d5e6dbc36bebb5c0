/// What is wrong with a request's head. Each of these is refused and the connection closed, because where a request
/// ends must never be a matter of opinion: what this server and a proxy in front of it read differently is how one
/// request is smuggled inside another.
enum HeadFault: Error, Equatable {
    case malformed
    case tooLarge
    case tooManyFields
    case targetTooLong
    case hostMissing
    case lengthUnclear
    case codingUnknown
    case expectationUnknown

    var response: HTTPResponse {
        switch self {
        case .malformed:
            .problem(400, "The request is malformed.", "Lines end with CR LF, names are tokens, values are printable.")
        case .tooLarge: .problem(431, "The header is too large.", "Send fewer or shorter header fields.")
        case .tooManyFields: .problem(431, "There are too many header fields.", "Send fewer header fields.")
        case .targetTooLong: .problem(414, "The URL is too long.", "Put long values into a body.")
        case .hostMissing: .problem(400, "The Host header is missing or wrong.", "Send exactly one Host header.")
        case .lengthUnclear:
            .problem(
                400, "The length of the body is unclear.",
                "Send one Content-Length, or one Transfer-Encoding: chunked, and never both.")
        case .codingUnknown:
            .problem(501, "The transfer coding is not known.", "Send Transfer-Encoding: chunked or a Content-Length.")
        case .expectationUnknown:
            .problem(417, "The expectation is not known.", "Only Expect: 100-continue is.")
        }
    }
}
