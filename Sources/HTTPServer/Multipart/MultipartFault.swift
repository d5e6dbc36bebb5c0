/// Why a multipart body can't be read on.
package enum MultipartFault: Error, Equatable, Sendable {
    /// The body doesn't follow its own boundary, or ends before the last one.
    case malformed
    case headerTooLarge
    case tooManyParts(limit: Int)
    case badName

    package var response: HTTPResponse {
        switch self {
        case .malformed:
            .problem(400, "The form is malformed.", "Each part begins with the boundary and the last one ends with it.")
        case .headerTooLarge: .problem(431, "A part's header is too large.", "Send shorter names.")
        case .tooManyParts(let limit): .problem(413, "The form has too many parts.", "At most \(limit) are read.")
        case .badName:
            .problem(400, "A part has no usable name.", "Name each part in its Content-Disposition, in UTF-8.")
        }
    }
}
