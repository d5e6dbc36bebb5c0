import HTTPServer

extension Problem {
    /// Why a body could not be read.
    init(_ fault: BodyFault) {
        switch fault {
        case .tooLarge(let limit): self.init(.tooLarge, "This route takes a body of at most \(limit) bytes.")
        case .bomb: self.init(.tooLarge, "The body unpacks to far more than was sent.")
        case .badEncoding:
            self.init(.malformed, "The body isn't what its Content-Encoding says, or it is cut off.")
        case .interrupted: self.init(.incomplete, "The body didn't arrive whole; nothing of it was taken in.")
        }
    }

    /// Why a form in parts could not be read.
    init(_ fault: MultipartFault) {
        switch fault {
        case .malformed:
            self.init(.malformed, "Each part of the form begins with the boundary, and the last one ends with it.")
        case .headerTooLarge: self.init(.tooLarge, "A part's header is too large; send shorter names.")
        case .tooManyParts(let limit): self.init(.tooLarge, "The form has more than \(limit) parts.")
        case .badName: self.init(.malformed, "Name each part in its Content-Disposition, in UTF-8.")
        }
    }
}
