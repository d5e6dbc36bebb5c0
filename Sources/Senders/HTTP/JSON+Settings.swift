import Domain

/// A setting's value in the words of a configuration.
extension JSON {
    /// What a value is, for an error text.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int, .bigInt, .double: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// However it is written: `5e3` is one too.
    var wholeNumber: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// A number's digits, without a fraction where it is whole. Nil for what is no number.
    package var numberText: String? {
        switch self {
        case .int(let value): String(value)
        case .bigInt(let digits): digits
        case .double(let value): wholeNumber.map(String.init) ?? String(value)
        default: nil
        }
    }
}
