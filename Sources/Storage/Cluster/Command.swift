import CPosix
import Glibc

/// A program to run beside Herald: in a session of its own, so that Ctrl-C on Herald's terminal doesn't
/// reach it first; with no open descriptor of Herald's, so that it holds no port, pipe or lock after
/// Herald is gone; with default signal handling and a bare environment.
///
/// As another user it goes through `setpriv` of util-linux, which every Debian has: it sets the ids and
/// then *becomes* the program, so the process id is the program's own. (`runuser` stays in between as a
/// parent and opens a PAM session.)
struct Command: Sendable {
    let program: String
    let arguments: [String]
    let account: ServerAccount
    var input = "/dev/null"
    /// Beside the bare environment.
    var variables: [String] = []

    struct Result: Sendable {
        let succeeded: Bool
        /// What the program wrote to both of its outputs, the last 4 KiB.
        let output: String
    }

    init(_ program: String, _ arguments: [String], as account: ServerAccount) {
        self.program = program
        self.arguments = arguments
        self.account = account
    }

    /// Starts the program with its outputs going to the end of an existing file. Somebody must
    /// wait for the process.
    func start(output: String) throws(ClusterError) -> pid_t {
        try spawn { actions in
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_APPEND | O_NOFOLLOW, 0)
        }
    }

    /// Runs the program to its end. Blocks.
    func run() throws(ClusterError) -> Result {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .file("open a pipe to", program, errno) }
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process: pid_t
        do throws(ClusterError) {
            process = try spawn { posix_spawn_file_actions_adddup2(&$0, writer, 1) }
            close(writer)
        } catch {
            close(writer)
            throw error
        }
        let output = Self.tail(of: reader)
        return Result(succeeded: try Self.wait(for: process) == 0, output: output)
    }

    private func spawn(
        _ redirect: (inout posix_spawn_file_actions_t) -> Int32
    ) throws(ClusterError) -> pid_t {
        var words = [program] + arguments
        if account.isOther {
            let identity = ["--reuid=\(account.user)", "--regid=\(account.group)", "--clear-groups", "--no-new-privs"]
            words = ["/usr/bin/setpriv"] + identity + ["--"] + words
        }
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        var everySignal = sigset_t()
        var noSignal = sigset_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        sigfillset(&everySignal)
        sigemptyset(&noSignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)
        posix_spawnattr_setsigmask(&attributes, &noSignal)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(herald_spawn_setsid)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        _ = redirect(&actions)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, "/")

        var process: pid_t = 0
        let failure = withCStrings(words) { argv in
            withCStrings(Self.environment + variables) { envp in
                posix_spawn(&process, words[0], &actions, &attributes, argv, envp)
            }
        }
        guard failure == 0 else { throw .file("run", words[0], failure) }
        return process
    }

    private static func wait(for process: pid_t) throws(ClusterError) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw .file("wait for", "process \(process)", errno) }
        }
        return status
    }

    private static func tail(of reader: Int32) -> String {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(reader, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            kept = Array((kept + buffer[..<count]).suffix(4096))
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// PG… variables of the user's own work must not reach the server; one built by hand may need its
    /// library path.
    private static var environment: [String] {
        var lines = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]
        if let libraries = getenv("LD_LIBRARY_PATH") { lines.append("LD_LIBRARY_PATH=" + String(cString: libraries)) }
        return lines
    }
}

private func withCStrings<R>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    let copies = words.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
