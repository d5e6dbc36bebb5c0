import Domain
import Ingest
import Storage

/// `herald optout …`: who must not be sent to. Addresses are kept only as hashes under the tenant's key, so they can
/// be asked for, counted and removed, but not listed.
enum OptOutCommands {
    static let commands: [Command] = [
        Command(
            "optout add", "record that somebody opted out", operands: "ADDRESS", options: options,
            example: "herald optout add +6591234567 --tenant acme --channel sms"
        ) { arguments, screen in
            let (installation, person) = try await find(arguments)
            let added = try await installation.policy.suppress(
                tenant: person.tenant.id, hashes: [person.hash], channel: person.channel, reason: person.reason,
                origin: "command line")
            screen.line(added > 0 ? "added" : "it was on file before")
            screen.json(["added": .int(Int64(added))])
            return .done
        },
        Command(
            "optout list", "count the opt-outs on file; only hashes of the addresses are kept", options: [.tenant],
            example: "herald optout list --tenant acme"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let counts = try await installation.policy.suppressionCounts(tenant: tenant.id)
            screen.table(
                ["CHANNEL", "REASON", "ADDRESSES"],
                counts.map { [$0.channel?.rawValue ?? "all", $0.reason, grouped($0.count)] }, rightAligned: [2])
            screen.line("Addresses are kept as keyed hashes only: `herald optout show ADDRESS` tells about one.")
            screen.json(
                .array(
                    counts.map { count in
                        [
                            "channel": .string(count.channel?.rawValue ?? "all"), "reason": .string(count.reason),
                            "count": .int(count.count),
                        ]
                    }))
            return .done
        },
        Command(
            "optout show", "tell what is on file about an address", operands: "ADDRESS",
            options: [.tenant, channelOption],
            example: "herald optout show +6591234567 --tenant acme"
        ) { arguments, screen in
            let (installation, person) = try await find(arguments)
            let found = try await installation.policy.suppressions(tenant: person.tenant.id, hash: person.hash)
                .filter { person.channel == nil || $0.channel == nil || $0.channel == person.channel }
            guard !found.isEmpty else { throw CommandError.failed("Nothing is on file about this address.") }
            screen.table(
                ["CHANNEL", "REASON", "SINCE", "ORIGIN"],
                found.map { [$0.channel?.rawValue ?? "all", $0.reason.rawValue, $0.at.description, $0.origin] })
            screen.json(
                .array(
                    found.map { entry in
                        [
                            "channel": .string(entry.channel?.rawValue ?? "all"),
                            "reason": .string(entry.reason.rawValue),
                            "since": .string(entry.at.description), "origin": .string(entry.origin),
                        ]
                    }))
            return .done
        },
        Command(
            "optout remove", "take an opt-out back: the person may be sent to again", operands: "ADDRESS",
            options: options,
            example: "herald optout remove +6591234567 --tenant acme"
        ) { arguments, screen in
            let (installation, person) = try await find(arguments)
            guard
                try await installation.policy.lift(
                    tenant: person.tenant.id, hash: person.hash, channel: person.channel, reason: person.reason)
            else {
                throw CommandError.failed(
                    "There is no such entry. `herald optout show` tells what is on file about the address.")
            }
            screen.line("removed")
            screen.json(["removed": .int(1)])
            return .done
        },
        Command(
            "optout import", "record many opt-outs: one address a line, or a CSV file with a header; stored as a whole",
            operands: "FILE",
            options: options + [.value("column", "NAME", "the column of the addresses, where its name does not tell")],
            example: "herald optout import optouts.csv --tenant acme --channel sms"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let tenant = try await installation.tenant(arguments)
            let channel = try channel(arguments)
            let list = try AddressList(
                arguments.operands[0], channel: channel, region: tenant.region, column: arguments.text("column"))
            let upload = try await installation.policy.startUpload(
                tenant: tenant.id, channel: channel, reason: try reason(arguments), origin: "import")
            do {
                let tally = try await store(
                    list, key: installation.parties.key(of: tenant.id).recipients, in: upload, screen)
                return tally.report("opt-outs", on: screen)
            } catch {
                await upload.abandon()
                throw error
            }
        },
    ]

    private static let channelOption = Option.value(
        "channel", "CHANNEL", "sms, email, … or all (the default: every channel that the address serves)")

    private static let options: [Option] = [
        .tenant, channelOption,
        .value("reason", "REASON", "optout (default: holds for marketing), bounce or complaint (hold for everything)"),
    ]

    private struct Person {
        let tenant: Tenant
        let channel: Channel?
        let reason: SuppressionReason
        let hash: RecipientHash
    }

    private static func find(_ arguments: Arguments) async throws -> (Installation, Person) {
        let installation = try await Installation.open(arguments)
        let tenant = try await installation.tenant(arguments)
        let channel = try channel(arguments)
        let address = try AddressInput(arguments.operands[0], channel: channel, region: tenant.region)
        let key = try await installation.parties.key(of: tenant.id)
        let bytes = Array(address.normal.utf8)
        let hash = key.recipients.recipient(address.kind, bytes.span)
        return (installation, Person(tenant: tenant, channel: channel, reason: try reason(arguments), hash: hash))
    }

    /// Nil for all.
    private static func channel(_ arguments: Arguments) throws -> Channel? {
        arguments.text("channel") == "all" ? nil : try arguments.word("channel", of: Channel.self)
    }

    private static func reason(_ arguments: Arguments) throws -> SuppressionReason {
        try arguments.word("reason", of: SuppressionReason.self) ?? .optout
    }

    private static func store(
        _ list: AddressList, key: KeyedHash, in upload: SuppressionUpload, _ screen: Screen
    ) async throws -> ImportTally {
        var list = list
        var tally = ImportTally()
        var hashes: [RecipientHash] = []
        var taken = 0
        while try list.next(key, into: &hashes, &tally) {
            guard hashes.count >= 50_000 else { continue }
            taken += hashes.count
            try await upload.add(hashes)
            hashes.removeAll(keepingCapacity: true)
            screen.progress("\(grouped(taken)) read")
        }
        taken += hashes.count
        try await upload.add(hashes)
        screen.progress("\(grouped(taken)) read, storing the filter")
        let added = Int(try await upload.finish())
        screen.endProgress()
        tally.add(added)
        tally.skip(taken - added)
        return tally
    }
}
