/// The source of a response body that is made while it is sent. The server asks for the next piece
/// whenever the client can take more; calls never overlap.
package protocol BodyStream: Sendable {
    func next(into buffer: UnsafeMutableRawBufferPointer) -> BodyStreamStep
    /// Several times a second, by milliseconds of the monotonic clock. For heartbeats.
    func tick(now: Int64)
    /// The server is about to stop: a stream that would go on for ever ends.
    func drain()
    /// Nothing more is asked for: it has ended, or the client is gone.
    func ended()
}

extension BodyStream {
    package func tick(now: Int64) {}
    package func drain() {}
    package func ended() {}
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
