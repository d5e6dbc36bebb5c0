private import CPosix
import Foundation
import Synchronization

/// A program that a test runs beside itself.
///
/// Foundation's `Process` learns of an end by a socket, and a pipe ends with its last descriptor: where a program that
/// another test starts at the same moment inherits one of them, a test waits until that program ends, too. These
/// inherit nothing but what they are given, and have no signal blocked.
package final class ChildProcess: Sendable {
    /// Where a program reads from or writes to.
    package enum Stream: Sendable {
        case nothing
        /// The test's own.
        case ours
        case pipe
        case file(String)
        /// For errors: where the output goes.
        case output
    }

    package struct NotStarted: Error, CustomStringConvertible {
        package let description: String
    }

    package let id: Int32
    private let input: Mutex<Int32?>
    private let output: Int32?
    private let unread = Mutex<[UInt8]>([])
    private let ended = Mutex<Int32?>(nil)

    package init(
        _ program: String, _ arguments: [String], environment: [String: String], folder: String? = nil,
        input: Stream = .nothing, output: Stream = .nothing, errors: Stream = .ours
    ) throws {
        Self.ignoreBrokenPipes
        let (given, taken) = (try Self.ends(input), try Self.ends(output))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        Self.attach(input, given?.read, to: 0, O_RDONLY, &actions)
        Self.attach(output, taken?.write, to: 1, O_WRONLY, &actions)
        Self.attach(errors, nil, to: 2, O_WRONLY, &actions)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let folder { posix_spawn_file_actions_addchdir_np(&actions, folder) }
        var process: Int32 = 0
        let failure = Self.spawn(&process, [program] + arguments, environment.map { "\($0)=\($1)" }, &actions)
        for end in [given?.read, taken?.write] { if let end { close(end) } }
        guard failure == 0 else {
            for end in [given?.write, taken?.read] { if let end { close(end) } }
            throw NotStarted(description: "\(program): \(String(cString: strerror(failure)))")
        }
        id = process
        self.input = Mutex(given?.write)
        self.output = taken?.read
    }

    deinit {
        closeInput()
        if let output { close(output) }
    }

    /// Says something to a program that reads from a pipe.
    package func write(_ bytes: [UInt8]) {
        input.withLock { end in
            var rest = bytes[...]
            while let end, !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.write(end, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    package func closeInput() {
        input.withLock { end in
            if let end { close(end) }
            end = nil
        }
    }

    /// The next line that it writes to its pipe, without its end; nil once there can be none. Blocks.
    package func line() -> String? {
        unread.withLock { bytes in
            while true {
                if let end = bytes.firstIndex(of: 0x0A) {
                    defer { bytes.removeSubrange(...end) }
                    return String(decoding: bytes[..<end], as: UTF8.self)
                }
                guard fetch(&bytes) else { return nil }
            }
        }
    }

    /// All that it writes to its pipe from here to its end. Blocks.
    package func rest() -> [UInt8] {
        unread.withLock { bytes in
            while fetch(&bytes) {}
            defer { bytes = [] }
            return bytes
        }
    }

    package func signal(_ number: Int32) {
        ended.withLock { if $0 == nil { kill(id, number) } }
    }

    /// Its exit code; that of a shell where a signal ended it. Blocks.
    @discardableResult package func wait() -> Int32 {
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return ended.withLock { code in
            if let code { return code }
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            let found = signal == 0 ? status >> 8 & 0xFF : 128 + signal
            code = found
            return found
        }
    }

    /// The same for tasks: the pool has as many threads as the machine has processors, and others need them.
    @discardableResult package func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread { [self] in continuation.resume(returning: wait()) }.start()
        }
    }

    // MARK: Starting

    private static let ignoreBrokenPipes: Void = { Foundation.signal(SIGPIPE, SIG_IGN) }()

    private static func ends(_ stream: Stream) throws -> (read: Int32, write: Int32)? {
        guard case .pipe = stream else { return nil }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NotStarted(description: "pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func attach(
        _ stream: Stream, _ end: Int32?, to number: Int32, _ way: Int32, _ actions: inout posix_spawn_file_actions_t
    ) {
        switch stream {
        case .nothing: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", way, 0)
        case .ours: break
        case .output: posix_spawn_file_actions_adddup2(&actions, 1, number)
        case .pipe: if let end { posix_spawn_file_actions_adddup2(&actions, end, number) }
        case .file(let path):
            let how = way == O_RDONLY ? way : way | O_CREAT | O_TRUNC
            posix_spawn_file_actions_addopen(&actions, number, path, how, 0o600)
        }
    }

    private static func spawn(
        _ process: inout Int32, _ words: [String], _ environment: [String],
        _ actions: inout posix_spawn_file_actions_t
    ) -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (every, none) = (sigset_t(), sigset_t())
        sigfillset(&every)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let (arguments, variables) = (words.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { for text in arguments + variables { free(text) } }
        return posix_spawn(&process, words[0], &actions, &attributes, arguments, variables)
    }

    private func fetch(_ bytes: inout [UInt8]) -> Bool {
        guard let output else { return false }
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count > 0 { bytes += piece[..<count] }
            return count > 0
        }
    }
}
