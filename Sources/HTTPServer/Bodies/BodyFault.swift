/// Why a body cannot be read to its end.
package enum BodyFault: Error, Equatable, Sendable {
    case tooLarge(limit: Int)
    /// It unpacks to so much more than was sent that it can only be meant to fill the memory.
    case bomb
    case badEncoding
    /// The client went away, or the server stops.
    case interrupted

    package var response: HTTPResponse {
        switch self {
        case .tooLarge(let limit):
            .problem(413, "The body is too large.", "This route takes at most \(limit) bytes.")
        case .bomb:
            .problem(413, "The body is too large.", "It unpacks to far more than was sent.")
        case .badEncoding:
            .problem(400, "The body can't be unpacked.", "It isn't what its Content-Encoding says, or it is cut off.")
        case .interrupted:
            .problem(503, "The body didn't arrive whole.", "Send the request again.")
        }
    }
}
