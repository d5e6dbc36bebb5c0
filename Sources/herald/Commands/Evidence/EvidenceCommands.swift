import Crypto
import Domain
import Reports
import Storage

/// `herald evidence …`: what an auditor takes away, signed, and can check without any Herald.
enum EvidenceCommands {
    static let commands: [Command] = [
        Command(
            "evidence export",
            "write a signed file of messages, their timelines, templates, prices and who is behind them",
            options: [
                .tenant, .value("message", "ID", "this message; may be given again", repeats: true),
                .value("recipient", "ADDRESS", "what this person was sent"),
                .value("campaign", "N", "what this campaign sent"),
                .value("from", "TIME", "only messages with something that happened from this day or instant on"),
                .value("to", "TIME", "and up to this day, included, or before this instant"),
                .value("out", "FILE", "the file, such as evidence.zip"), .replaces, .archiveFolder,
                .flag("unmask", "whole addresses instead of masked ones (audited; needs --reason)"),
                .value("reason", "TEXT", "why they are needed"),
            ],
            example: "herald evidence export --tenant acme --campaign 17 --out evidence.zip", run: export),
        Command(
            "evidence verify", "check an evidence file: its signature and every file in it; needs no database",
            operands: "FILE",
            options: [
                .value(
                    "key", "PUBLIC",
                    "the public key that is trusted: a file with what `herald evidence key` prints, or its fingerprint")
            ], example: "herald evidence verify evidence.zip --key herald.pem", run: verify),
        Command(
            "evidence key", "print the public key that evidence is signed with, to be handed to auditors beforehand",
            example: "herald evidence key > herald.pem"
        ) { arguments, screen in
            let shown = try await key(Installation.open(arguments)).rawPublic()
            screen.line(String(VerifyingKey.pem(rawEd25519: shown).dropLast()))
            // Beside it, so that `> herald.pem` holds the key alone.
            screen.note("fingerprint: \(EvidenceFile.fingerprint(shown))")
            screen.json([
                "pem": .string(VerifyingKey.pem(rawEd25519: shown)), "hex": .string(hex(shown)),
                "fingerprint": .string(EvidenceFile.fingerprint(shown)),
            ])
            return .done
        },
    ]

    // MARK: export

    private static func export(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let path = try arguments.required("out")
        try FileOutput.check(arguments)
        let unmasks = arguments.has("unmask")
        let reason = (arguments.text("reason") ?? "").trimmingBlanks
        if unmasks, reason.isEmpty {
            throw CommandError.usage("--unmask needs --reason: why whole addresses are needed. It is written down.")
        }
        let installation = try await Installation.open(arguments)
        let archives = try installation.archives(arguments)
        let question = try await EvidenceQuestion(arguments, installation)
        try await installation.audit.add([
            AuditEntry(
                unmasks ? "evidence.unmask" : "evidence.export", question.tenant.name, by: arguments.audit,
                tenant: question.tenant.id,
                after: ["question": question.json(masks: true), "reason": reason.isEmpty ? .null : .string(reason)])
        ])
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var collection = try EvidenceCollection(
            question, installation, masks: !unmasks, folder: folder.isEmpty ? "/" : folder,
            archives: archives)
        try await collection.collect { screen.progress("\(grouped($0)) of \(grouped($1)) messages") }
        screen.endProgress()
        let file = try FileOutput(path, screen: screen)
        try EvidenceFile.write(collection.files, facts: collection.facts, key: try await key(installation)) {
            try file.write($0)
        }
        try file.close()
        screen.line("\(plural(collection.messages, "message")) in \(path)")
        screen.json(["file": .string(path), "messages": .int(Int64(collection.messages))])
        return .done
    }

    private static func key(_ installation: Installation) async throws -> SigningKey {
        let store = InstallationKeyStore(database: installation.database, keys: installation.keys)
        let seed = try await store.secret("evidence") {
            let seed = randomBytes(32)
            return (seed, try SigningKey(rawEd25519: seed).rawPublic())
        }
        return try SigningKey(rawEd25519: seed)
    }

    // MARK: verify

    private static func verify(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let trusted = try arguments.text("key").map(EvidenceKeyInput.key)
        let check = try EvidenceCheck(arguments.operands[0], key: trusted)
        for fault in check.faults { screen.note(fault) }
        let print = check.key.isEmpty ? "" : EvidenceFile.fingerprint(check.key)
        if check.isSound {
            screen.line("\(grouped(check.files)) files are as they were signed")
            screen.line(
                trusted == nil
                    ? "signed with the key \(print): ask for it by another way, and check again with --key FINGERPRINT"
                    : "signed with the key that was given")
        } else {
            screen.line("the file is NOT as it was signed")
        }
        screen.json([
            "sound": .bool(check.isSound), "files": .int(Int64(check.files)), "key": .string(print),
            "key_trusted": .bool(trusted != nil && check.isSound), "faults": .array(check.faults.map { .string($0) }),
        ])
        return check.isSound ? .done : .failed
    }
}
