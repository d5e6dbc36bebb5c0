import Domain
import Storage

/// `herald price …`: what a segment or a message costs, by provider, channel, number prefix and day.
enum PriceCommands {
    static let commands: [Command] = [
        addition, settlement,
        Command("price list", "show the price list", example: "herald price list") { arguments, screen in
            let prices = try await Installation.open(arguments).providers.prices()
            screen.table(
                ["ID", "PROVIDER", "CHANNEL", "PREFIX", "SEGMENTS", "AFTER", "PRICE", "FROM", "TO"],
                prices.map { price in
                    [
                        String(price.id), price.providerName, price.channel.rawValue,
                        price.prefix.isEmpty ? "any" : "+" + price.prefix,
                        price.segmentsFrom > 1 ? "\(price.segmentsFrom)+" : "",
                        price.volumeAfter > 0 ? grouped(price.volumeAfter) : "",
                        amount(price.micros, price.currency), from(price) ?? "", price.validTo ?? "",
                    ]
                }, rightAligned: [0, 5, 6])
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
            if price.segmentsFrom > 1 { screen.line("segments  \(price.segmentsFrom) and more") }
            if price.volumeAfter > 0 { screen.line("after     \(grouped(price.volumeAfter)) of a month") }
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
            var seen: [[String]: PriceInput] = [:]
            return try await EntityImport(add: addition, operand: nil, what: "prices")
                .run(arguments, screen, defaults: ["provider"]) { line in
                    let price = try PriceInput(line, providers: ids)
                    if let earlier = seen[price.place] {
                        guard earlier.isSame(as: price) else {
                            throw CommandError.failed(
                                "An earlier line has another price (\(amount(earlier.micros, earlier.currency.code))) or end for "
                                    + "the same provider, channel, prefix and first day. Keep one of them.")
                        }
                        return false
                    }
                    let isNew = try await price.store(in: installation.providers)
                    seen[price.place] = price
                    return isNew
                }
        },
    ]

    static let settlement = Command(
        "price settle-tiers", "bring a month that is over to what its volume tiers make of it, to the millionth",
        options: [.value("month", "MONTH", "such as 2026-10 (default: last month)")],
        example: "herald price settle-tiers --month 2026-10"
    ) { arguments, screen in
        let today = CivilDate(daysSinceEpoch: Int(Timestamp.now.micros / 86_400_000_000)).description
        let current = String(today.prefix(7))
        var month = arguments.text("month") ?? ""
        if month.isEmpty, let first = CivilDate(current + "-01") {
            month = String(CivilDate(daysSinceEpoch: first.daysSinceEpoch - 1).description.prefix(7))
        }
        guard let first = CivilDate(month + "-01") else {
            throw CommandError.usage("--month takes a month such as 2026-10, not “\(month)”.")
        }
        guard month < current else {
            throw CommandError.failed(
                "\(month) is not over yet, by UTC: its tiers are settled from the month after it on.")
        }
        let installation = try await Installation.open(arguments)
        let settled = try await PriceVolumeStore(database: installation.database).settle(month: first)
        if settled.isEmpty { screen.line("Nothing of \(month) went by a price with volume tiers.") }
        if !settled.isEmpty {
            screen.table(
                ["PRICE", "UNITS", "BOOKED", "DUE", "CORRECTED NOW"],
                settled.map {
                    [
                        String($0.price), grouped($0.units), amount($0.booked, $0.currency),
                        amount($0.due, $0.currency),
                        amount($0.correction, $0.currency),
                    ]
                }, rightAligned: [0, 1, 2, 3, 4])
        }
        screen.json(
            .array(
                settled.map {
                    [
                        "price": .int($0.price), "units": .int($0.units), "currency": .string($0.currency),
                        "booked": .string(PriceText.decimal($0.booked)), "due": .string(PriceText.decimal($0.due)),
                        "corrected": .string(PriceText.decimal($0.correction)),
                    ]
                }))
        return .done
    }

    static let addition = Command(
        "price add", "set what a segment (sms) or a message costs; the longest prefix that fits a number counts",
        options: [
            .value("provider", "P", "the provider that asks the price"),
            .value("channel", "CHANNEL", "sms, email, push, whatsapp, voice, chat, inapp"),
            .value("prefix", "DIGITS", "numbers that begin so, such as 65; without it all"),
            .value("price", "AMOUNT", "such as 0.0425, up to 6 decimals"),
            .value("currency", "CODE", "such as SGD"),
            .value("from", "DATE", "the first day on which it holds"),
            .value("to", "DATE", "the first day on which it no longer holds; without it until the next price begins"),
            .value("valid-from", "DATE", "the same as --from"),
            .value("valid-until", "DATE", "the same as --to"),
            .value("after", "N", "for what comes after the first N segments or messages of a calendar month, by UTC"),
            .value("segments", "N", "for messages of N segments and more (default 1: all); the most that fits counts"),
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
            "prefix": .string(price.prefix), "segments_from": .int(Int64(price.segmentsFrom)),
            "after": .int(price.volumeAfter), "price": .string(PriceText.decimal(price.micros)),
            "currency": .string(price.currency), "from": from(price).map { .string($0) } ?? .null,
            "to": price.validTo.map { .string($0) } ?? .null,
        ]
    }
}
