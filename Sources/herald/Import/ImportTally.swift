import Domain

/// How an import went: what was added, and which records were refused and why. Only the first refusals are kept.
struct ImportTally: Sendable {
    private static let shown = 20

    private(set) var added = 0
    /// Was there before; nothing to do.
    private(set) var known = 0
    private(set) var rejected = 0
    private(set) var faults: [(line: Int, reason: String)] = []

    mutating func add(_ count: Int = 1) { added += count }
    mutating func skip(_ count: Int) { known += count }

    mutating func reject(line: Int, _ reason: String) {
        rejected += 1
        if faults.count < Self.shown { faults.append((line, reason)) }
    }

    /// Prints what happened; the exit code says whether anything was refused.
    func report(_ what: String, on screen: Screen) -> ExitCode {
        for fault in faults { screen.note("line \(fault.line): \(fault.reason)") }
        if rejected > faults.count { screen.note("… and \(grouped(rejected - faults.count)) more lines") }
        let before = known > 0 ? ", \(grouped(known)) known before or repeated" : ""
        screen.line("\(grouped(added)) \(what) added\(before), \(grouped(rejected)) rejected")
        screen.json([
            "added": .int(Int64(added)), "known": .int(Int64(known)), "rejected": .int(Int64(rejected)),
            "faults": .array(faults.map { ["line": .int(Int64($0.line)), "reason": .string($0.reason)] }),
        ])
        return rejected == 0 ? .done : .doneWithRejects
    }
}
