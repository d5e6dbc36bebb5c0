import Domain
import Storage

/// `herald price …`: what a segment or a message costs, by provider, channel, number prefix and day.
enum PriceCommands {
    static let commands: [Command] = [
        addition,
        Command("price list", "show the price list", example: "herald price list") { arguments, screen in
            let prices = try await Installation.open(arguments).providers.prices()
            screen.table(
                ["ID", "PROVIDER", "CHANNEL", "PREFIX", "PRICE", "FROM", "TO"],
                prices.map { price in
                    [
                        String(price.id), price.providerName, price.channel.rawValue,
                        price.prefix.isEmpty ? "any" : "+" + price.prefix,
                        amount(price.micros, price.currency), from(price) ?? "", price.validTo ?? "",
                    ]
                }, rightAligned: [0, 4])
            screen.json(.array(prices.map(json)))
            return .done
        },
        Command("price show", "show one price", operands: "ID", example: "herald price show 3") { arguments, screen in
            let number = try arguments.number()
            let prices = try await Installation.open(arguments).providers.prices()
            guard let price = prices.first(where: { $0.id == number }) else { throw unknown(number) }
            screen.line("provider  \(price.providerName)")
            screen.line("channel   \(price.channel.rawValue)")
            screen.line("prefix    \(price.prefix.isEmpty ? "any" : "+" + price.prefix)")
            screen.line("price     \(PriceText.decimal(price.micros)) \(price.currency)")
            screen.line("from      \(from(price) ?? "the beginning")")
            screen.line("to        \(price.validTo.map { "before \($0)" } ?? "open")")
            screen.json(json(price))
            return .done
        },
        Command(
            "price remove", "remove a price; what was billed by it stays", operands: "ID",
            example: "herald price remove 3"
        ) { arguments, screen in
            let number = try arguments.number()
            guard try await Installation.open(arguments).providers.removePrice(number) else { throw unknown(number) }
            screen.line("removed price \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
        Command(
            "price import", "add prices from a file; its columns are the options of `price add`", operands: "FILE",
            options: [.value("provider", "P", "for lines that name none")], example: "herald price import prices.csv"
        ) { arguments, screen in
            let installation = try await Installation.open(arguments)
            let ids = try await providerIDs(installation)
            return try await EntityImport(add: addition, operand: nil, what: "prices")
                .run(arguments, screen, defaults: ["provider"]) {
                    try await add($0, to: installation, providers: ids)
                    return true
                }
        },
    ]

    static let addition = Command(
        "price add", "set what a segment (sms) or a message costs; the longest prefix that fits a number counts",
        options: [
            .value("provider", "P", "the provider that asks the price"),
            .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp"),
            .value("prefix", "DIGITS", "numbers that begin so, such as 65; without it all"),
            .value("price", "AMOUNT", "such as 0.0425, up to 6 decimals"),
            .value("currency", "CODE", "such as SGD"),
            .value("from", "DATE", "the first day on which it holds"),
            .value("to", "DATE", "the first day on which it no longer holds"),
        ],
        example:
            "herald price add --provider telco --channel sms --prefix 65 --price 0.0425 --currency SGD --from 2026-01-01"
    ) { arguments, screen in
        let installation = try await Installation.open(arguments)
        try await add(arguments, to: installation, providers: try await providerIDs(installation))
        let text = "\(try arguments.required("price")) \(try arguments.required("currency").uppercased())"
        screen.line("added \(text) for \(try arguments.required("channel")) with \(try arguments.required("provider"))")
        screen.json(["added": .int(1)])
        return .done
    }

    private static func add(_ arguments: Arguments, to installation: Installation, providers: [String: Int64])
        async throws
    {
        let price = try PriceInput(arguments, providers: providers)
        try await price.store(in: installation.providers)
    }

    private static func providerIDs(_ installation: Installation) async throws -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: try await installation.providers.providers().map { ($0.name, $0.id) })
    }

    private static func unknown(_ number: Int64) -> CommandError {
        .failed("There is no price \(number). `herald price list` shows them.")
    }

    /// Nil where it holds from the beginning.
    private static func from(_ price: Price) -> String? { price.validFrom == "1970-01-01" ? nil : price.validFrom }

    private static func json(_ price: Price) -> JSON {
        [
            "id": .int(price.id), "provider": .string(price.providerName), "channel": .string(price.channel.rawValue),
            "prefix": .string(price.prefix), "price": .string(PriceText.decimal(price.micros)),
            "currency": .string(price.currency), "from": from(price).map { .string($0) } ?? .null,
            "to": price.validTo.map { .string($0) } ?? .null,
        ]
    }
}
