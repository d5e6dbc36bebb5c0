import Foundation
import Storage

/// A process as other processes of the machine can recognise it, even after its number was given to
/// another one.
package struct ProcessIdentity: Sendable, Hashable {
    /// The machine and its boot.
    package let machine: String
    package let pid: Int32
    /// In the kernel's ticks since the boot.
    package let started: Int64

    package static func current() -> ProcessIdentity {
        let pid = getpid()
        return ProcessIdentity(machine: bootID(), pid: pid, started: startTicks(of: pid) ?? 0)
    }

    package init(machine: String, pid: Int32, started: Int64) {
        self.machine = machine
        self.pid = pid
        self.started = started
    }

    /// True only where it is certain: the process was on this machine, in this boot, and is gone. A process
    /// that can't be looked at (too many open files, hidden by the system) is not certainly gone.
    package var isCertainlyGone: Bool {
        guard machine == Self.bootID() else { return false }
        if let ticks = Self.startTicks(of: pid) { return started != 0 && ticks != started }
        return kill(pid, 0) == -1 && errno == ESRCH
    }

    private static func bootID() -> String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        // A container sees the boot of its host but has processes of its own.
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        return (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines) + " " + namespace
    }

    /// The 22nd field of /proc/PID/stat; the second one is a name that may hold spaces and brackets.
    private static func startTicks(of pid: Int32) -> Int64? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let nameEnd = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        // A zombie has ended: only its parent has not noticed.
        return fields[0] == "Z" || fields[0] == "X" ? -1 : Int64(fields[19])
    }
}

extension WorkerRecord {
    /// Its process was killed, and nobody has noticed yet.
    package var isCertainlyGone: Bool {
        ProcessIdentity(machine: machine, pid: pid, started: pidStarted).isCertainlyGone
    }
}
