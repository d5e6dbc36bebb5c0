import Domain
import Storage

/// `herald ledger …`: what happened to a message, and the proof that the reports agree.
enum LedgerCommands {
    static let commands: [Command] = [
        Command(
            "ledger find", "show what was sent to an address, newest first", operands: "ADDRESS",
            options: [
                .tenant,
                .value("channel", "CHANNEL", "tells what kind of address it is; else email where there is an @"),
                .value("limit", "N", "how many rows at most (default 100)"),
            ],
            example: "herald ledger find +6591234567 --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let channel = try arguments.word("channel", of: Channel.self)
            let limit = try arguments.integer("limit", in: 1...100_000) ?? 100
            let address = try AddressInput(arguments.operands[0], channel: channel, region: tenant.region)
            let found = try await installation.ledger.find(
                tenant: tenant.id, key: installation.parties.key(of: tenant.id), kind: address.kind,
                address: address.normal,
                limit: limit
            ).filter { channel == nil || $0.channel == channel }
            show(found, on: screen)
            return .done
        },
        Command(
            "ledger trace", "show every attempt of one message, and the calls to providers that carried it",
            operands: "ID",
            example: "herald ledger trace 34359738368"
        ) { arguments, screen in
            guard let number = Int64(arguments.operands[0]) else {
                throw CommandError.usage(
                    "“\(arguments.operands[0])” is no number of a message; `herald ledger find` shows them.")
            }
            let trace = try await MessageTrace(
                MessageID(rawValue: number), try await Installation.open(arguments))
            guard !trace.isEmpty else {
                throw CommandError.failed(
                    "The ledger has no message \(number). One that was not attempted yet has no row.")
            }
            trace.show(on: screen)
            screen.json(trace.json)
            return .done
        },
        Command(
            "ledger verify", "recount the ledger and compare it with what the reports say; exit code 1 on a difference",
            example: "herald ledger verify"
        ) { arguments, screen in
            let proof = try await Installation.open(arguments).ledger.verify()
            let costs = proof.cost.sorted { $0.key < $1.key }
            screen.line("\(grouped(proof.rows)) rows, \(grouped(proof.messages)) messages")
            for (currency, micros) in costs { screen.line("cost \(amount(micros, currency))") }
            for difference in proof.differences + proof.unbalanced { screen.note(difference) }
            screen.line(proof.isSound ? "ledger, reports and campaigns agree" : "ledger, reports and campaigns DIFFER")
            screen.json([
                "sound": .bool(proof.isSound), "rows": .int(proof.rows), "messages": .int(proof.messages),
                "cost": .array(
                    costs.map { ["currency": .string($0.key), "cost": .string(PriceText.decimal($0.value))] }),
                "differences": .array(proof.differences.map { .string($0) }),
                "unbalanced": .array(proof.unbalanced.map { .string($0) }),
            ])
            return proof.isSound ? .done : .failed
        },
    ]

    private static func show(_ entries: [LedgerEntry], on screen: Screen) {
        LedgerText.show(entries, on: screen)
        screen.json(.array(entries.map(LedgerText.json)))
    }
}
