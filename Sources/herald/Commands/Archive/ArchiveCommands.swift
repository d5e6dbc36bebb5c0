import Domain
import Foundation
import Storage

/// `herald archive …`: old slices of the ledger as files.
enum ArchiveCommands {
    static let commands: [Command] = [
        Command(
            "archive run", "move slices of the ledger whose rows are all old into compressed files",
            options: [
                .value("older-than", "TIME", "such as 400d (default: what `herald retention set --ledger` says)"),
                .value("folder", "DIR", "where the files go (default: archive in Herald's folder)"),
                .flag("keep", "write and compare the files only; the rows stay"),
            ],
            example: "herald archive run --older-than 400d", run: run),
        Command(
            "archive list", "show the archives and where they are", options: [.archiveFolder],
            example: "herald archive list",
            run: list),
        Command(
            "archive verify", "read archives to their ends and compare them with the sums that were kept",
            operands: "[ID…]", options: [.archiveFolder], example: "herald archive verify", run: verify),
        Command(
            "archive restore", "bring an archived slice back into the database; its file stays", operands: "ID",
            options: [.archiveFolder], example: "herald archive restore 3", run: restore),
    ]

    private static func run(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let age: Duration
        if let text = arguments.text("older-than") {
            age = try TimeText.duration(text)
        } else if let days = try await RetentionStore(database: installation.database).all()["ledger"] {
            age = .seconds(Int64(days) * 86_400)
        } else {
            throw CommandError.usage(
                "How old must rows be? --older-than 400d says it once, `herald retention set --ledger 400d` for good.")
        }
        guard age >= .seconds(30 * 86_400) else {
            throw CommandError.usage("--older-than takes 30d or more: receipts and re-sends need the rows before.")
        }
        let folder = arguments.text("folder") ?? installation.archiveFolder
        let run = ArchiveRun(
            ArchiveStore(ledger: installation.ledger), into: folder, olderThan: .now - age,
            keepsRows: arguments.has("keep"))
        let outcomes: [ArchiveRun.Outcome]
        do {
            outcomes = try await run.run { screen.line(ArchiveText.line($0)) }
        } catch let error as FileError {
            throw CommandError.failed("\(error) Slices that were not finished are still in the database.")
        } catch let fault as ArchiveFault {
            throw CommandError.failed("\(fault) The slice is still in the database.")
        }
        if outcomes.isEmpty { screen.line("There is no slice whose rows are all that old. Nothing was done.") }
        let archived = outcomes.compactMap { if case .archived(let entry, _) = $0 { entry } else { nil } }
        try await AuditStore(database: installation.database).add(
            archived.map {
                AuditEntry("ledger.archive", $0.name, by: arguments.audit, tenant: nil, after: ["rows": .int($0.rows)])
            })
        screen.json(.array(outcomes.map(ArchiveText.json)))
        return .done
    }

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let store = try await Installation.open(arguments).archives(arguments)
        let entries = try await store.list()
        let states = entries.map { store.state(of: $0) }
        screen.table(
            ["ID", "ROWS", "FROM", "TO", "SIZE", "ARCHIVED", "STATE", "FILE"],
            zip(entries, states).map { entry, fault in
                [
                    String(entry.number), grouped(entry.rows), entry.atFrom.description, entry.atTo.description,
                    ArchiveText.size(entry.bytes), entry.archivedAt.description, fault == nil ? "there" : "BROKEN",
                    store.path(of: entry),
                ]
            }, rightAligned: [0, 1, 4])
        for case let fault? in states { screen.note("\(fault)") }
        screen.json(
            .array(
                zip(entries, states).map { entry, fault in
                    var json = ArchiveText.json(entry)
                    json["fault"] = fault.map { .string($0.description) } ?? .null
                    return .object(json)
                }))
        return states.contains { $0 != nil } ? .doneWithRejects : .done
    }

    private static func verify(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let store = try await Installation.open(arguments).archives(arguments)
        let numbers = try arguments.operands.map { try number($0) }
        let done = try await store.verify(numbers.isEmpty ? nil : Set(numbers))
        for number in numbers where !done.checked.contains(where: { $0.number == number }) {
            throw try await none(number, store)
        }
        for fault in done.faults { screen.note("\(fault)") }
        let whole = done.checked.count - done.faults.count
        screen.line(
            done.faults.isEmpty
                ? "\(plural(whole, "archive")) \(are(whole)) whole: \(plural(done.checked.reduce(0) { $0 + $1.rows }, "row"))."
                : "\(plural(whole, "archive")) \(are(whole)) whole, \(done.faults.count) \(are(done.faults.count)) NOT. "
                    + "Put another copy in \(done.faults.count == 1 ? "its" : "their") place.")
        screen.json([
            "whole": .int(Int64(whole)), "faults": .array(done.faults.map { .string($0.description) }),
        ])
        return done.faults.isEmpty ? .done : .failed
    }

    private static func restore(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let store = try installation.archives(arguments)
        let number = try number(arguments.operands[0])
        guard let entry = try await store.entry(number) else {
            throw try await none(number, store)
        }
        let path = store.path(of: entry)
        let rows: Int64
        do {
            rows = try await store.restore(entry)
        } catch let fault as ArchiveFault {
            throw CommandError.failed("\(fault) Nothing was changed.")
        }
        try await AuditStore(database: installation.database).add([
            AuditEntry("ledger.restore", entry.name, by: arguments.audit, tenant: nil, after: ["rows": .int(rows)])
        ])
        screen.line(
            "\(plural(rows, "row")) \(are(rows)) back in the database. For 30 days `herald archive run` leaves them alone; the file stays "
                + "and counts no more: \(path)")
        screen.json(["restored": .int(Int64(number)), "rows": .int(rows)])
        return .done
    }

    private static func are(_ count: some BinaryInteger) -> String { count == 1 ? "is" : "are" }

    private static func none(_ number: Int, _ store: ArchiveStore) async throws -> CommandError {
        guard let since = try await store.broughtBack(number) else {
            return .failed("There is no archive \(number). `herald archive list` shows them.")
        }
        return .failed("The rows of archive \(number) are back in the database since \(since); there is nothing to do.")
    }

    private static func number(_ text: String) throws -> Int {
        guard let number = Int(text), number > 0 else {
            throw CommandError.usage("“\(text)” is no number of an archive; `herald archive list` shows them.")
        }
        return number
    }
}
