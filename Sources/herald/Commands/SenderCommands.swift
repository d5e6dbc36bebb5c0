import Domain
import Storage

/// `herald sender …`: what recipients see as the sender.
enum SenderCommands {
    static let commands: [Command] = [
        addition,
        Command("sender list", "show all senders", example: "herald sender list") { arguments, screen in
            let senders = try await Installation.open(arguments).senders.senders()
            screen.table(
                ["ID", "SENDER", "CHANNEL", "TENANT", "COUNTRY", "PROVIDER"],
                senders.map { stored in
                    let country = stored.sender.country
                    return [
                        String(stored.sender.id), stored.sender.value, stored.sender.channel.rawValue,
                        stored.tenantName ?? "all", country == .none ? "all" : country.code,
                        stored.providerName ?? "all",
                    ]
                }, rightAligned: [0])
            screen.json(.array(senders.map(json)))
            return .done
        },
        Command("sender remove", "remove a sender", operands: "ID", example: "herald sender remove 2") {
            arguments, screen in
            let number = try arguments.number()
            guard try await Installation.open(arguments).senders.remove(number) else {
                throw CommandError.failed("There is no sender \(number). `herald sender list` shows them.")
            }
            screen.line("removed sender \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
    ]

    static let addition = Command(
        "sender add", "set the sender of a channel; the most specific that fits a message is shown",
        operands: "SENDER",
        options: [
            .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp"),
            .value("tenant", "T", "only for this tenant"),
            .value("country", "CC", "only for recipients in this country"),
            .value("provider", "P", "only with this provider"),
        ],
        example: "herald sender add HERALD --channel sms --country SG"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        let names = try await RouteNames(installation)
        let sender = try SenderInput.sender(arguments, names)
        let channel = sender.channel
        let id = try await installation.senders.store(sender)
        screen.line("sender \(id): \(sender.value)")
        if channel == .sms, SenderRegistration.isName(sender.value) {
            switch SenderRegistration.of(sender.country) {
            case .required:
                screen.note("Operators in \(sender.country.code) show a name only if it was registered with them.")
            case .impossible:
                screen.note("Operators in \(sender.country.code) show no names as sender. A number is safer.")
            case nil: break
            }
        }
        screen.json(["id": .int(id), "sender": .string(sender.value)])
        return .done
    }

    private static func json(_ stored: SenderStore.Stored) -> JSON {
        let country = stored.sender.country
        return [
            "id": .int(stored.sender.id), "sender": .string(stored.sender.value),
            "channel": .string(stored.sender.channel.rawValue),
            "tenant": stored.tenantName.map { .string($0) } ?? .null,
            "country": country == .none ? .null : .string(country.code),
            "provider": stored.providerName.map { .string($0) } ?? .null,
        ]
    }
}

/// The options of `sender add` as a sender.
enum SenderInput {
    static func sender(_ arguments: Arguments, _ names: RouteNames) throws -> SenderIdentity {
        let channel = try Arguments.word(arguments.required("channel"), of: Channel.self, in: "--channel")
        let tenant = try arguments.text("tenant").map(names.tenant)
        return SenderIdentity(
            tenant: tenant, channel: channel, country: try arguments.country("country") ?? .none,
            provider: try arguments.text("provider").map { try names.provider($0, for: tenant) },
            value: try RouteInput.sender(arguments.operands[0], on: channel, in: "The sender"))
    }
}
