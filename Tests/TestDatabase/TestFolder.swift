private import CPosix
import Foundation
import Synchronization

/// Temporary folders for clusters, all in one that doesn't outlive the test process.
///
/// A watching shell in a session of its own holds the reading end of a pipe whose other end only the test process has. It
/// wakes when that process ends, in whatever way, ends the servers and set-ups that have the folder in their
/// arguments or stand in it, and removes it. An orderly exit waits for the shell to finish.
package enum TestFolder {
    private static let watch = """
        folder=$1
        processes() {
            ls -ld /proc/[0-9]*/cwd 2>/dev/null | grep -e "-> $folder[/]" | sed 's|.*/proc/\\([0-9]*\\)/cwd.*|\\1|'
            # As a pattern, the folder's name does not find this search itself.
            grep -als -e "$folder[/]" /proc/[0-9]*/cmdline | cut -d / -f 3
        }
        cat >/dev/null
        for try in $(seq 100); do
            found=$(processes)
            [ -n "$found" ] || break
            case $try in
                1) kill -INT $found ;;
                40 | 60 | 80) kill -KILL $found ;;
            esac
            sleep 0.05
        done
        for disk in $(sed -n "s|^[^ ]* \\($folder/[^ ]*\\) .*|\\1|p" /proc/mounts); do umount "$disk"; done
        rm -rf "$folder"
        """

    private struct Root {
        let path: String
        let watcher: pid_t
        let pipe: Int32
    }

    private struct State {
        var root: Root?
        var folders = 0
        var work: [@Sendable () -> Void] = []
    }

    private static let state = Mutex(State())

    /// A new empty folder that the server's user can reach, with a short path as sockets need.
    package static func make() throws -> String {
        try state.withLock { state in
            let root = try state.root ?? begin()
            state.root = root
            state.folders += 1
            let path = "\(root.path)/\(state.folders)"
            guard mkdir(path, 0o755) == 0, chmod(path, 0o755) == 0 else {
                throw TestDatabaseError.noFolder(errno: errno)
            }
            return path
        }
    }

    /// Has the work done first when this process ends in order: an owner that still looks after its server would
    /// start it again when the watcher ends it.
    static func atExit(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.work.append(work) } }

    private static func begin() throws -> Root {
        var template = Array("/tmp/herald-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestDatabaseError.noFolder(errno: errno) }
        let path = String(cString: made)
        chmod(path, 0o755)

        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestDatabaseError.noFolder(errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Foundation learns of a process's end by a socket that ends with it: one that the shell inherited from a
        // process that starts at the same time would keep that test waiting for ever.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        // A session of its own, so that Ctrl-C on the tests doesn't end the one that cleans up after them.
        let words = ["/usr/bin/setsid", "/bin/sh", "-c", watch, "watch", path]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var watcher: pid_t = 0
        guard posix_spawn(&watcher, words[0], &actions, nil, &arguments, environ) == 0 else {
            throw TestDatabaseError.noFolder(errno: errno)
        }
        atexit { TestFolder.end() }
        return Root(path: path, watcher: watcher, pipe: ends[1])
    }

    private static func end() {
        let (root, work) = state.withLock { ($0.root, $0.work) }
        for body in work { body() }
        guard let root else { return }
        close(root.pipe)
        var status: Int32 = 0
        waitpid(root.watcher, &status, 0)
    }
}
