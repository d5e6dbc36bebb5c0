/// The server's whole `postgresql.conf`, written anew at each start. `local.conf` beside the data folder
/// is read last and is the user's.
struct ServerSettings: Sendable {
    let folder: ClusterFolder
    let machine: MachineSize
    let options: ClusterOptions

    private static let mebibyte = 1 << 20

    var text: String {
        var lines = ["# Written by Herald at each start. Put settings of your own into ../local.conf."]
        lines += (connections + memory + writing + logging).map { "\($0) = \($1)" }
        lines.append("include_if_exists = '../local.conf'")
        return lines.joined(separator: "\n") + "\n"
    }

    private var connections: [(String, String)] {
        [
            ("listen_addresses", "''"),
            ("port", "\(ClusterFolder.port)"),
            ("unix_socket_directories", Self.quoted(folderName: folder.sockets)),
            ("unix_socket_permissions", "0700"),
            // Throw-away servers are for tests, which open more at a time than any installation.
            ("max_connections", options.survivesPowerLoss ? "100" : "400"),
            // A statement over a hundred partitions and their indexes locks each of them.
            ("max_locks_per_transaction", "256"),
            ("cluster_name", "'herald'"),
            ("timezone", "'UTC'"),
            ("log_timezone", "'UTC'"),
        ]
    }

    private var memory: [(String, String)] {
        // A quarter, as PostgreSQL's manual advises; only what is used of it is taken.
        let shared = options.survivesPowerLoss ? min(max(machine.memory / 4, 32 * Self.mebibyte), 8 << 30) : 64 << 20
        return [
            ("shared_buffers", "\(shared / Self.mebibyte)MB"),
            ("effective_cache_size", "\(max(machine.memory / 2, 2 * shared) / Self.mebibyte)MB"),
            ("work_mem", "16MB"),
            ("maintenance_work_mem", "\(min(max(machine.memory / 32, 64 << 20), 512 << 20) / Self.mebibyte)MB"),
            // Containers often allow 64 MB of /dev/shm, where the default would be.
            ("dynamic_shared_memory_type", "mmap"),
            ("random_page_cost", "1.1"),
            ("jit", "off"),
        ]
    }

    private var writing: [(String, String)] {
        // (`wal_compression` stays off: 400,000 rows with a random index, right after a checkpoint, wrote 157 MB in
        // 1.59 s without it, 154 MB in 1.62 s with lz4, 151 MB in 1.61 s with zstd.)
        // A twentieth of the disk, and all of it kept: single commits beside two COPY streams had a p99 of
        // 3.0–3.7 ms with recycled log files and early write-back, and of 119 ms as the server comes.
        let log = min(max(machine.disk / 20, 256 << 20), 2 << 30) / Self.mebibyte / 16 * 16
        var settings = [
            ("max_wal_size", "\(log)MB"),
            ("min_wal_size", "\(log)MB"),
            ("backend_flush_after", "512kB"),
            ("wal_buffers", "16MB"),
            ("checkpoint_timeout", "15min"),
            ("checkpoint_completion_target", "0.9"),
            ("synchronous_commit", "on"),
        ]
        if !options.survivesPowerLoss { settings += [("fsync", "off"), ("full_page_writes", "off")] }
        return settings
    }

    /// No statement, no parameter and no row value reaches the log: errors go to the client that caused
    /// them, `terse` drops the details (which quote key values and queries) of the rest.
    private var logging: [(String, String)] {
        [
            ("logging_collector", "on"),
            ("log_directory", "'../log'"),
            ("log_filename", "'\(ServerLog.filePattern)'"),
            ("log_rotation_size", "\(ServerLog.fileMebibytes)MB"),
            ("log_rotation_age", "0"),
            ("log_file_mode", "0600"),
            ("log_line_prefix", "'%m [%p] '"),
            ("log_min_messages", "log"),
            ("log_min_error_statement", "panic"),
            ("log_error_verbosity", "terse"),
            ("log_statement", "none"),
            ("log_min_duration_statement", "-1"),
            ("log_parameter_max_length", "0"),
            ("log_parameter_max_length_on_error", "0"),
        ]
    }

    /// A list of folders in double quotes, within a setting in single quotes.
    static func quoted(folderName: String) -> String {
        var inner = ""
        for character in folderName {
            switch character {
            case "\"": inner += "\"\""
            case "'": inner += "''"
            case "\\": inner += "\\\\"
            default: inner.append(character)
            }
        }
        return "'\"\(inner)\"'"
    }
}
