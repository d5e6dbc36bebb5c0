import HTTPServer
import TestSupport

/// Reads a body that is made while it is sent, as the server would. Unchecked: a test reads from one task at a time.
final class StreamReading: @unchecked Sendable {
    private let stream: any BodyStream
    private(set) var bytes: [UInt8] = []
    private var hasEnded = false

    struct BrokenOff: Error {}

    init(_ stream: any BodyStream) { self.stream = stream }

    deinit { stream.ended() }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Takes what is there now; false once it has ended.
    @discardableResult func step() throws -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while !hasEnded {
            switch stream.next(into: buffer) {
            case .wrote(let count): bytes += buffer[..<count]
            case .wait: return true
            case .end: hasEnded = true
            case .abort: throw BrokenOff()
            }
        }
        return false
    }

    /// All of it.
    func rest() async throws -> [UInt8] {
        let deadline = ContinuousClock.now + Patience.duration
        while try step() {
            guard ContinuousClock.now < deadline else { throw Patience.Exhausted() }
            try await Task.sleep(for: .milliseconds(2))
        }
        return bytes
    }

    /// Reads on until the text is there.
    func until(_ text: String) async throws {
        let deadline = ContinuousClock.now + Patience.duration
        while try step(), !self.text.contains(text) {
            guard ContinuousClock.now < deadline else { throw Patience.Exhausted() }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
