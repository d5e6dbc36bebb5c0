/// The source of a response body that is made while it is sent. The server asks for the next piece
/// whenever the client can take more; calls never overlap.
package protocol BodyStream: Sendable {
    func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep
}

package enum BodyStreamStep {
    /// That many bytes, at least one, were put into the buffer.
    case wrote(Int)
    /// Nothing to send now: the closure is handed what resumes the stream.
    case wait((Suspension) -> Void)
    case end
    /// Close the connection in the middle of the body.
    case abort
}
