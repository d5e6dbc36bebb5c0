import Foundation
import HTTPServer
import Metrics
import Synchronization

/// Writes a line for each request, from a thread of its own: requests only leave their lines. A disk that is full or too
/// slow costs lines, which are counted, and no request.
final class AccessLog: Sendable {
    struct Settings {
        /// Nil: standard error.
        let path: String?
        let addresses: AccessRecord.AddressDetail

        /// Nil where none is wanted.
        init?(file: String?, addresses word: String?) throws {
            guard let addresses = AccessRecord.AddressDetail(rawValue: word ?? "none") else {
                throw CommandError.usage("--access-log-addresses is none, network or full, not “\(word ?? "")”.")
            }
            guard let file, file != "none" else { return nil }
            path = file == "stderr" ? nil : file
            self.addresses = addresses
        }
    }

    private struct State {
        var lines: [UInt8] = []
        var isClosed = false
    }

    /// More than this is not kept for a disk that does not follow.
    private static let most = 4 << 20
    private let path: String?
    private let addresses: AccessRecord.AddressDetail
    private let dropped: Counter
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Nil where none is wanted.
    init?(_ settings: Settings?, metrics: MetricsRegistry) throws {
        // Always on the page, so that an alert on it never speaks of something unknown.
        dropped = metrics.counters(
            "herald_access_log_dropped_total", "Lines of the access log that could not be written."
        ).with()
        guard let settings else { return nil }
        path = settings.path
        addresses = settings.addresses
        if let path {
            let descriptor = Self.open(path)
            guard descriptor >= 0 else {
                throw CommandError.failed(
                    "The access log \(path) can't be written: \(String(cString: strerror(errno))). Choose another file with --access-log."
                )
            }
            Foundation.close(descriptor)
        }
        let thread = Thread { [self] in run() }
        thread.name = "access-log"
        thread.start()
    }

    func write(_ record: AccessRecord) {
        let line = record.line(addresses: addresses)
        let isKept = state.withLock { state in
            guard !state.isClosed, state.lines.count < Self.most else { return false }
            state.lines.append(contentsOf: line.utf8)
            return true
        }
        if !isKept { dropped.add() }
    }

    /// Returns once everything is written.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
        ended.wait()
        ended.signal()
    }

    private func run() {
        defer { ended.signal() }
        while true {
            _ = bell.wait(timeout: .now() + .milliseconds(200))
            let (lines, isClosed) = state.withLock { state in
                defer { state.lines = [] }
                return (state.lines, state.isClosed)
            }
            if !lines.isEmpty { store(lines) }
            if isClosed { return }
        }
    }

    /// Opened for each piece: whoever rotates the file need tell nobody.
    private func store(_ lines: [UInt8]) {
        let descriptor = path.map { Self.open($0) } ?? STDERR_FILENO
        defer { if path != nil, descriptor >= 0 { Foundation.close(descriptor) } }
        var rest = lines[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        if !rest.isEmpty { dropped.add(rest.count { $0 == 0x0A }) }
    }

    private static func open(_ path: String) -> Int32 {
        Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    }
}
