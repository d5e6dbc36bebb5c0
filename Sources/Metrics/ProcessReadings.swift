import Glibc

/// What the system knows of this process, under the names that all exporters use.
package enum ProcessReadings {
    package static func register(in registry: MetricsRegistry) {
        func add(
            _ name: String, _ help: String, _ kind: MetricsRegistry.Kind = .gauge,
            _ read: @escaping @Sendable () -> Double?
        ) {
            registry.read(name, help, kind: kind) { read().map { [.init([], $0)] } ?? [] }
        }
        add("process_cpu_seconds_total", "Processor time of this process, user and system.", .counter) {
            status().map { Double($0.cpuTicks) / ticks }
        }
        add("process_resident_memory_bytes", "Memory of this process that is in use.") {
            status().map { Double($0.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        add("process_virtual_memory_bytes", "Address space of this process.") { status().map { Double($0.virtual) } }
        add("process_threads", "Threads of this process.") { status().map { Double($0.threads) } }
        add("process_start_time_seconds", "When this process began, in seconds since 1970.") {
            guard let begun = status()?.startTicks, let boot = bootTime() else { return nil }
            return boot + Double(begun) / ticks
        }
        add("process_open_fds", "Open files and sockets.") { openFiles() }
        add("process_max_fds", "How many files and sockets may be open.") {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(7), &limit) == 0 ? Double(limit.rlim_cur) : nil
        }
    }

    private struct Status {
        var cpuTicks: UInt64
        var threads: UInt64
        var startTicks: UInt64
        var virtual: UInt64
        var residentPages: UInt64
    }

    private static var ticks: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// The name in parentheses may hold anything: the numbers stand behind the last one.
    private static func status() -> Status? {
        guard let text = contents("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { UInt64($0) }
        guard fields.count > 21, let user = fields[11], let system = fields[12], let threads = fields[17],
            let start = fields[19], let virtual = fields[20], let resident = fields[21]
        else { return nil }
        return Status(
            cpuTicks: user + system, threads: threads, startTicks: start, virtual: virtual, residentPages: resident)
    }

    private static func bootTime() -> Double? {
        contents("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst(6)) }
    }

    private static func openFiles() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) { if entry.pointee.d_name.0 != 0x2E { count += 1 } }
        // Less the one that looks.
        return Double(count - 1)
    }

    private static func contents(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
