import Domain
import Reports
import Storage

/// `herald audit …`: who changed what, and the proof that nobody has touched the record of it.
enum AuditCommands {
    static let commands: [Command] = [AuditList.command, verification, anchoring]

    private static let verification = Command(
        "audit verify",
        "compute the chain of the audit again and hold it against its anchors; exit code 1 if it is broken",
        options: [
            .value("from", "TIME", "only what was written from this day or instant on"),
            .value("to", "TIME", "only what was written up to this day, included, or before this instant"),
            .value("anchors", "DIR", "where the anchors lie (default: reports/ in Herald's folder)"),
        ],
        example: "herald audit verify --anchors /srv/herald/reports"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let folder = arguments.text("anchors") ?? installation.home.path + "/reports"
        let anchors = try AuditAnchor.read(folder)
        if arguments.text("anchors") != nil, anchors.isEmpty {
            throw CommandError.failed("There is no anchor in \(folder): files such as audit-2026-03-01.json.")
        }
        let (from, to) = try arguments.period(zone: "UTC")
        let proof = try await installation.audit.verify(from: from, to: to, anchors: anchors)
        show(proof, what: from == nil && to == nil ? "the audit" : "this part of the audit", on: screen)
        return proof.isSound ? .done : .failed
    }

    private static func show(_ proof: AuditVerification, what: String, on screen: Screen) {
        let range = proof.first.map { "entries \(grouped($0)) to \(grouped(proof.last ?? $0))" } ?? "no entries"
        screen.line("\(range), \(grouped(proof.anchorsMet)) anchors met")
        for fault in proof.faults.prefix(20) { screen.note(fault.description) }
        if proof.faultCount > 20 { screen.note("… and \(grouped(proof.faultCount - 20)) more") }
        screen.line("\(what) is \(proof.isSound ? "whole" : "BROKEN")")
        screen.json([
            "sound": .bool(proof.isSound), "entries": .int(proof.entries),
            "first": proof.first.map { .int($0) } ?? .null, "last": proof.last.map { .int($0) } ?? .null,
            "anchors": .int(Int64(proof.anchorsMet)), "fault_count": .int(Int64(proof.faultCount)),
            "faults": .array(
                proof.faults.map {
                    [
                        "kind": .string($0.word), "sequence": $0.seq.map { .int($0) } ?? .null,
                        "text": .string($0.description),
                    ]
                }),
        ])
    }

    private static let anchoring = Command(
        "audit anchor", "write down outside the database where the audit's chain ends; `report daily` does it too",
        options: [.value("out", "DIR", "where the anchor goes (default: reports/ in Herald's folder)")],
        example: "herald audit anchor --out /srv/herald/reports"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let written = try await AuditAnchor.write(
            installation.audit, into: arguments.text("out") ?? installation.home.path + "/reports")
        screen.line("entry \(grouped(written.head.seq)) in \(written.path)")
        screen.json(["file": .string(written.path), "sequence": .int(written.head.seq)])
        return .done
    }
}

extension Installation {
    var audit: AuditStore { AuditStore(database: database) }
}
