/// Where a rendering finds its fields.
enum TemplateData {
    case object(JSONObject)
    case row(RowData)

    func value(_ place: Int, _ name: String) -> LiquidValue {
        switch self {
        case .object(let object): object[name].map(LiquidValue.init) ?? .undefined
        case .row(let row): row.value(place)
        }
    }

    /// For a name that is only known while rendering, as in `[name]`; nil where there is no such field.
    func value(named name: String) -> LiquidValue? {
        switch self {
        case .object(let object): object[name].map(LiquidValue.init)
        case .row(let row): row.columns.column(named: name).map(row.value(column:))
        }
    }
}
