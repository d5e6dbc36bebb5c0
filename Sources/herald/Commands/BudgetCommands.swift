import Domain
import Foundation
import Storage

/// `herald budget …`: how much a tenant, a source or a campaign may cost.
enum BudgetCommands {
    static let commands: [Command] = [
        Command(
            "budget set", "say how much may be spent; used up, what belongs to it waits", operands: "CURRENCY",
            options: [
                .tenant, .value("source", "S", "what this source sends (without it and --campaign: all of the tenant)"),
                .value("campaign", "ID", "what this campaign sends"),
            ]
                + Budget.Period.allCases.map {
                    .value(
                        $0.rawValue, "AMOUNT",
                        $0 == .total ? "in all" : "in each \($0.rawValue), by the tenant's time zone")
                } + [
                    .value("warn", "SHARE", "tell when so much is used up (default 80%)"),
                    .value("hold", "critical", "one-time passwords wait too; without it they are counted and go out"),
                ],
            example: "herald budget set --tenant acme --source checkout --month 500 SGD --warn 80%",
            surplus: severalPeriods, run: set),
        Command(
            "budget list", "budgets with what is spent, reserved and left",
            options: [.value("tenant", "T", "only this tenant's")], example: "herald budget list", run: list),
        Command(
            "budget remove", "take a budget away; what waited for it goes on", operands: "ID",
            example: "herald budget remove 3"
        ) { arguments, screen in
            let number = try arguments.number()
            let store = BudgetStore(database: try await Installation.open(arguments).database)
            guard try await store.remove(number, audit: arguments.audit) else {
                throw CommandError.failed("There is no budget \(number). `herald budget list` shows them.")
            }
            screen.line("removed budget \(number)")
            screen.json(["removed": .int(number)])
            return .done
        },
    ]

    private static func set(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let (period, micros) = try limit(arguments)
        let currency: Currency
        do throws(CurrencyFault) { currency = try Currency(named: arguments.operands[0]) } catch {
            throw CommandError.usage("The currency: \(error)")
        }
        let installation = try await Installation.open(arguments)
        let tenant = try await installation.tenant(arguments)
        var scope = Budget.Scope.tenant
        if let name = arguments.text("source") {
            guard arguments.text("campaign") == nil else {
                throw CommandError.usage("A budget is for a source or for a campaign: give --source or --campaign.")
            }
            scope = .source(try await installation.source(name, arguments).id)
        } else if let campaign = try arguments.integer("campaign", in: 1...Int.max) {
            scope = .campaign(Int64(campaign))
        }
        var wish = BudgetWish(
            tenant: tenant.id, scope: scope, period: period, limit: Money(micros: micros, currency: currency))
        wish.warnPercent = try share(arguments)
        if let held = arguments.text("hold") {
            guard held == "critical" else {
                throw CommandError.usage("--hold takes the word critical; everything else is held anyway.")
            }
            wish.holdsCritical = true
        }
        let budget: Budget
        do {
            budget = try await BudgetStore(database: installation.database).set(wish, audit: arguments.audit)
        } catch let refusal as BudgetRefusal { throw CommandError.failed(refusal.description) }
        screen.line(
            "Budget \(budget.id): \(budget.scopeText) may cost \(amountText(budget.limit.micros, budget)) \(budget.period.phrase); "
                + "\(amountText(budget.spent, budget)) are spent."
                + (budget.heldAt == nil ? "" : " It is used up: what belongs to it waits from now on."))
        if case .campaign(let id) = scope, let state = try await installation.campaigns.campaign(id)?.state,
            state.isOver
        {
            screen.note("Campaign \(id) is over (\(state.rawValue)): this budget changes nothing for it.")
        }
        screen.json(json(budget))
        return .done
    }

    private static func periods(_ arguments: Arguments) -> [Budget.Period] {
        Budget.Period.allCases.filter { arguments.text($0.rawValue) != nil }
    }

    /// Each has an amount and maybe a currency, which would be one operand too many.
    private static func severalPeriods(_ arguments: Arguments) -> String? {
        let given = periods(arguments)
        guard given.count > 1 else { return nil }
        let names = given.map { "--\($0.rawValue)" }.joined(separator: " and ")
        return "One period at a time: \(names) are budgets of their own. Set one after the other."
    }

    private static func limit(_ arguments: Arguments) throws -> (Budget.Period, Int64) {
        if let text = severalPeriods(arguments) { throw CommandError.usage(text) }
        guard let period = periods(arguments).first, let text = arguments.text(period.rawValue) else {
            throw CommandError.usage(
                "Give one of --month, --week, --day, --total with an amount, such as --month 500 SGD.")
        }
        let option = "--\(period.rawValue)"
        do throws(PriceText.Fault) {
            let micros = try PriceText.micros(text)
            if micros > 0 { return (period, micros) }
        } catch {
            switch error {
            case .notANumber where text.hasPrefix("-"): break
            case .notANumber:
                throw CommandError.usage(
                    "\(option) takes what may be spent in digits with a point and no commas, such as 1000.50, not “\(text)”."
                )
            case .tooManyDecimals:
                throw CommandError.usage("\(option): a budget has at most 6 decimals, not “\(text)”.")
            case .tooLarge: throw CommandError.usage("\(option): a budget is below 1,000,000,000, not “\(text)”.")
            }
        }
        throw CommandError.usage(
            "\(option): a budget is above 0, not “\(text)”. `herald budget remove` takes a budget away; "
                + "`herald source pause` lets a source send nothing.")
    }

    private static func share(_ arguments: Arguments) throws -> Int {
        guard let text = arguments.text("warn") else { return 80 }
        guard let percent = Int(text.hasSuffix("%") ? text.dropLast() : text[...]), (1...100).contains(percent) else {
            throw CommandError.usage("--warn takes a share from 1% to 100%, not “\(text)”.")
        }
        return percent
    }

    // MARK: Showing

    private static func list(_ arguments: Arguments, _ screen: Screen) async throws -> ExitCode {
        let installation = try await Installation.open(arguments)
        let tenant = arguments.text("tenant") == nil ? nil : try await installation.tenant(arguments).id
        let budgets = try await BudgetStore(database: installation.database).budgets(tenant: tenant)
        if budgets.isEmpty { screen.line("No budgets. `herald budget set --help` shows how to set one.") }
        if !budgets.isEmpty {
            screen.table(
                ["ID", "TENANT", "FOR", "BUDGET", "SPENT", "RESERVED", "LEFT", "", "STATE"],
                budgets.map { budget in
                    [
                        String(budget.id), budget.tenantName, budget.scopeText,
                        "\(amountText(budget.limit.micros, budget)) \(budget.period.phrase)",
                        amountText(budget.spent, budget), amountText(budget.reserved, budget),
                        amountText(budget.left, budget), bar(budget), state(budget),
                    ]
                }, rightAligned: [0, 3, 4, 5, 6])
        }
        for budget in budgets where !budget.missing.isEmpty {
            let code = budget.limit.currency.code
            screen.note(
                "Budget \(budget.id) does not count \(budget.missing): no rate converts it. "
                    + "`herald rate add --from CODE --to \(code) --rate NUMBER --date DAY` adds one.")
        }
        screen.json(.array(budgets.map(json)))
        return .done
    }

    private static func bar(_ budget: Budget) -> String {
        let width = 12
        let spent = min(max(0, budget.spent), budget.limit.micros)
        let full = ReportText.bar(spent, of: budget.limit.micros, width: width)
        return full + String(repeating: "░", count: max(0, width - full.count))
            + " \(Int(Double(budget.spent) * 100 / Double(budget.limit.micros)))%"
    }

    private static func state(_ budget: Budget) -> String {
        if budget.heldAt != nil {
            return "used up" + (budget.endsAt.map { " until \(TimeText.local($0, zone: budget.timeZone))" } ?? "")
        }
        return budget.warnedAt != nil ? "warned" : "open"
    }

    private static func amountText(_ micros: Int64, _ budget: Budget) -> String {
        amount(micros, budget.limit.currency.code)
    }

    private static func json(_ budget: Budget) -> JSON {
        var object = budget.terms.objectValue ?? JSONObject()
        object["tenant"] = .string(budget.tenantName)
        object["spent"] = .string(PriceText.decimal(budget.spent))
        object["reserved"] = .string(PriceText.decimal(budget.reserved))
        object["left"] = .string(PriceText.decimal(budget.left))
        object["held"] = .bool(budget.heldAt != nil)
        object["warned"] = .bool(budget.warnedAt != nil)
        object["not_counted"] = .string(budget.missing)
        return .object(object)
    }
}
