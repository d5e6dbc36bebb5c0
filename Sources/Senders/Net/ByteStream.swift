/// A connection as a session's thread sees it: bytes in and out without ever waiting. Plain TCP (`PlainStream`) or TLS
/// on top of it: whoever runs a session doesn't see the difference.
package protocol ByteStream: AnyObject {
    /// The socket, for the thread's epoll set.
    var descriptor: Int32 { get }
    /// Takes the next step towards an open connection: the TCP connect, then whatever handshake there is. Called again
    /// when the socket is ready, until it says `done`.
    func open() -> StreamStep
    /// Reads what there is. Only where it filled the buffer may it hold more, of which the socket says nothing.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep
    /// Writes what it can, and counts what the socket took. What it did not take has to be given again, unchanged.
    func write(_ bytes: UnsafeRawBufferPointer) -> StreamStep
    /// Closes the socket. Called once.
    func close()
}

/// What came of a step on a stream.
package enum StreamStep: Sendable, Hashable {
    /// So many bytes were read or written; none where the step was to open.
    case done(Int)
    /// Nothing can be done before the socket may be read, or written.
    case wait(reading: Bool, writing: Bool)
    /// The far end closed its side.
    case ended
    /// Why it cannot go on, in words for people. Holds no address.
    case failed(String)
}
