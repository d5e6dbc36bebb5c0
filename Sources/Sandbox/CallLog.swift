private import Foundation
private import Glibc

/// The sandbox's evidence: a line of JSON for each call, on the disk before the call is answered.
///
/// Calls that come while a sync runs share the next one, so a hundred calls at a time cost one sync and
/// not a hundred. A failed write is told to every call of its group: the caller then answers 500.
///
/// Sendable because the group is touched only under the condition's lock.
final class CallLog: @unchecked Sendable {
    typealias Done = @Sendable (_ written: Bool) -> Void

    private let descriptor: Int32
    private let condition = NSCondition()
    private var lines: [UInt8] = []
    private var waiting: [Done] = []
    private var isStopped = false
    private var hasEnded = false

    init(path: String) throws(SandboxError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpenLog(path: path, reason: String(cString: strerror(errno))) }
        mendTail()
    }

    deinit { close(descriptor) }

    func start() {
        let thread = Thread { while self.writeGroup() {} }
        thread.name = "call-log"
        thread.start()
    }

    /// Adds a line (with its line break) and calls `done` when it is on the disk.
    func append(_ line: [UInt8], _ done: @escaping Done) {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return }
        lines.append(contentsOf: line)
        waiting.append(done)
        if waiting.count == 1 { condition.signal() }
    }

    /// Writes what is there and ends the thread.
    func stop() {
        condition.lock()
        defer { condition.unlock() }
        isStopped = true
        condition.broadcast()
        while !hasEnded { condition.wait() }
    }

    /// False once stopped and empty.
    private func writeGroup() -> Bool {
        condition.lock()
        while waiting.isEmpty && !isStopped { condition.wait() }
        let (group, bytes) = (waiting, lines)
        waiting = []
        lines = []
        if group.isEmpty {
            hasEnded = true
            condition.broadcast()
        }
        condition.unlock()
        guard !group.isEmpty else { return false }
        let written = write(bytes)
        for done in group { done(written) }
        return true
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return fsync(descriptor) == 0
    }

    /// A server that was killed may have left half a line: the next one must not join it.
    private func mendTail() {
        let end = lseek(descriptor, 0, SEEK_END)
        var last: UInt8 = 0x0A
        if end > 0 { _ = pread(descriptor, &last, 1, end - 1) }
        if last != 0x0A { _ = write([0x0A]) }
    }
}
