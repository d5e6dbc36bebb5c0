import Domain
import Storage

/// `herald rate …`: what currencies are worth in each other, by day. Only reports convert.
enum RateCommands {
    static let commands: [Command] = [
        addition,
        Command("rate list", "show the rates of exchange", example: "herald rate list") { arguments, screen in
            let rates = try await RateStore(database: Installation.open(arguments).database).rates()
            screen.table(
                ["ID", "FROM", "TO", "SINCE", "RATE"],
                rates.map { [String($0.id), $0.from, $0.to, $0.day, $0.rate.description] }, rightAligned: [0, 4])
            screen.json(
                .array(
                    rates.map {
                        [
                            "id": .int($0.id), "from": .string($0.from), "to": .string($0.to), "date": .string($0.day),
                            "rate": .string($0.rate.description),
                        ]
                    }))
            return .done
        },
        Command(
            "rate remove", "remove a rate; reports that were made by it stay", operands: "ID",
            example: "herald rate remove 3"
        ) { arguments, screen in
            let number = try arguments.number()
            guard try await RateStore(database: Installation.open(arguments).database).remove(number) else {
                throw CommandError.failed("There is no rate \(number). `herald rate list` shows them.")
            }
            screen.line("removed rate \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
        Command(
            "rate import", "add rates from a file; its columns are the options of `rate add`", operands: "FILE",
            options: [.value("to", "CODE", "for lines that name no currency to convert into")],
            example: "herald rate import rates.csv"
        ) { arguments, screen in
            let store = RateStore(database: try await Installation.open(arguments).database)
            return try await EntityImport(add: addition, operand: nil, what: "rates")
                .run(arguments, screen, defaults: ["to"]) {
                    _ = try await add($0, to: store)
                    return true
                }
        },
    ]

    private static let addition = Command(
        "rate add", "say what one unit of a currency is worth in another, from a day on until a later rate",
        options: [
            .value("from", "CODE", "the currency that amounts are in, such as USD"),
            .value("to", "CODE", "the currency of the report, such as SGD"),
            .value("rate", "NUMBER", "what one unit is worth, such as 1.3412, up to 10 decimals"),
            .value("date", "DAY", "the first day for which it holds"),
        ], example: "herald rate add --from USD --to SGD --rate 1.3412 --date 2026-10-31"
    ) { arguments, screen in
        let text = try await add(arguments, to: RateStore(database: Installation.open(arguments).database))
        screen.line("added \(text)")
        screen.json(["added": .int(1)])
        return .done
    }

    private static func add(_ arguments: Arguments, to store: RateStore) async throws -> String {
        _ = (try arguments.required("from"), try arguments.required("to"))
        guard let from = try ReportChoice.currency(arguments, "from"),
            let to = try ReportChoice.currency(arguments, "to"),
            from != to
        else { throw CommandError.usage("--from and --to take two different currencies such as USD and SGD.") }
        let text = try arguments.required("rate")
        guard let rate = ExchangeRate(text) else {
            throw CommandError.usage(
                "--rate takes a number above 0 with up to 10 decimals such as 1.3412, not “\(text)”.")
        }
        _ = try arguments.required("date")
        guard let day = try arguments.date("date") else { throw CommandError.usage("--date is missing.") }
        try await refusing(
            "There is a rate from \(from.code) to \(to.code) for \(day) already. `herald rate remove` it first."
        ) {
            try await store.add(from: from, to: to, day: day, rate: rate)
        }
        return "1 \(from.code) = \(rate) \(to.code) from \(day)"
    }
}
