private import CPosix
import Foundation

/// A process in a session of its own that outlives this one.
struct DetachedProcess {
    let pid: Int32

    static func start(executable: String, arguments: [String], log: String) throws -> DetachedProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(herald_spawn_setsid))

        var words = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let failure = posix_spawn(&pid, executable, &actions, &attributes, words, environ)
        guard failure == 0 else {
            throw CommandError.failed("\(executable) can't be started: \(String(cString: strerror(failure))).")
        }
        return DetachedProcess(pid: pid)
    }

    /// Nil while it runs.
    func exitStatus() -> Int32? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? status >> 8 & 0xFF : nil
    }
}
