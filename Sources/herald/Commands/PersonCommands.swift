import Domain
import Jobs
import Storage

/// `herald person …`: what somebody may ask an organisation for.
enum PersonCommands {
    static let commands: [Command] = [
        Command(
            "person export", "write down everything that is held of one person, as JSON (audited)", operands: "ADDRESS",
            options: [
                .tenant, .value("channel", "CHANNEL", "what kind of address it is; else email where there is an @"),
                .value("out", "FILE", "a file of your own eyes' only instead of standard output"),
                .replaces, .archiveFolder,
            ],
            example: "herald person export +6591234567 --tenant acme --out person.json"
        ) { arguments, screen in
            try FileOutput.check(arguments)
            let channel = try arguments.word("channel", of: Channel.self)
            let installation = try await Installation.open(arguments)
            let archives = try installation.archives(arguments)
            let tenant = try await installation.tenant(arguments)
            let address = try AddressInput(arguments.operands[0], channel: channel, region: tenant.region)
            try await installation.audit.add([
                AuditEntry("person.export", Masked.address(address.normal), by: arguments.audit, tenant: tenant.id)
            ])
            let file = try FileOutput(arguments.text("out"), screen: screen)
            let export = PersonExport(
                database: installation.database, keys: installation.keys, archives: archives)
            let person = PersonExport.Person(tenant: tenant, kind: address.kind, address: address.normal)
            let done = try await export.write(person) { try file.write($0) }
            try file.close()
            screen.note(plural(done.messages, "message"))
            if let path = arguments.text("out") {
                screen.json(["file": .string(path), "messages": .int(Int64(done.messages))])
            }
            if !done.faults.isEmpty {
                screen.note(
                    "This is not all: archives could not be read. Put another copy in their place, or say --archive-folder."
                )
            }
            return ArchiveText.end(done.faults, screen)
        }
    ]
}
