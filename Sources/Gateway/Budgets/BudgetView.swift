import Domain
import Storage

/// Budgets as the API shows them, and as it reads them.
enum BudgetView {
    static func json(_ budget: Budget) -> JSON {
        var object = JSONObject()
        object["id"] = .string(String(budget.id))
        switch budget.scope {
        case .tenant: object["scope"] = "tenant"
        case .source:
            object["scope"] = "source"
            object["source"] = .text(budget.sourceName)
        case .campaign(let id):
            object["scope"] = "campaign"
            object["campaign_id"] = .string(String(id))
        }
        object["period"] = .string(budget.period.rawValue)
        object["amount"] = .string(PriceText.decimal(budget.limit.micros))
        object["currency"] = .string(budget.limit.currency.code)
        object["warn_percent"] = .int(Int64(budget.warnPercent))
        object["hold_critical"] = .bool(budget.holdsCritical)
        object["spent"] = .string(PriceText.decimal(budget.spent))
        object["reserved"] = .string(PriceText.decimal(budget.reserved))
        object["left"] = .string(PriceText.decimal(budget.left))
        object["state"] = .string(budget.heldAt != nil ? "held" : budget.warnedAt != nil ? "warning" : "open")
        object["held_at"] = .time(budget.heldAt)
        object["warned_at"] = .time(budget.warnedAt)
        object["period_ends_at"] = .time(budget.endsAt)
        object["not_counted"] = .string(budget.missing)
        return .object(object)
    }

    /// What is asked for, with names that still have to be found.
    struct Wish {
        var source: String?
        var campaign: Int64?
        var period = Budget.Period.month
        var limit = Money?.none
        var warnPercent = 80
        var holdsCritical = false
    }

    static func wish(_ reader: FieldReader) -> Wish {
        var wish = Wish()
        wish.source = reader.text("source")
        if let text = reader.text("campaign_id") {
            wish.campaign = Int64(text)
            if wish.campaign == nil {
                reader.fault("campaign_id", "form", "campaign_id must be the number of a campaign.")
            }
        }
        if wish.source != nil, wish.campaign != nil {
            reader.fault("campaign_id", "choice", "A budget is for a source or for a campaign, not for both.")
        }
        if reader.required("period") != nil, let period = reader.choice("period", of: Budget.Period.self) {
            wish.period = period
        }
        let micros = amount(reader)
        if reader.required("currency") != nil {
            do throws(CurrencyFault) {
                let currency = try reader.text("currency").map { text throws(CurrencyFault) in try Currency(named: text)
                }
                if let micros, let currency { wish.limit = Money(micros: micros, currency: currency) }
            } catch {
                reader.fault("currency", "form", "currency: \(error)")
            }
        }
        wish.warnPercent = reader.integer("warn_percent", in: 1...100).map { Int($0) } ?? 80
        wish.holdsCritical = reader.flag("hold_critical") ?? false
        return wish
    }

    private static func amount(_ reader: FieldReader) -> Int64? {
        guard reader.required("amount") != nil, let text = reader.text("amount") else { return nil }
        do throws(PriceText.Fault) {
            let micros = try PriceText.micros(text)
            if micros > 0 { return micros }
            reader.fault("amount", "range", "amount must be more than 0.")
        } catch {
            reader.fault("amount", "form", "amount: \(error).")
        }
        return nil
    }
}
