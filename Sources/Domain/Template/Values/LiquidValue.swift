/// What an expression of a template evaluates to. Lives only while one message is rendered.
enum LiquidValue {
    /// No such variable or member. Prints nothing, equals nil.
    case undefined
    case null
    /// A member that `map` did not find: prints nothing and equals nil, but is no nil.
    case missing
    case bool(Bool)
    case int(Int128)
    case float(Double)
    case text(LiquidText)
    case list([LiquidValue])
    /// A key and its value, while a loop walks an object.
    case pair([LiquidValue])
    case map(OrderedMembers<LiquidValue>)
    /// Whole numbers, both ends included; empty where the second is the smaller one.
    case range(Int128, Int128)
    case loop(LoopState)
    case moment(CivilTime)
    /// The words `empty` and `blank`: they equal what is empty or blank.
    case empty
    case blank

    static func string(_ text: String) -> LiquidValue { .text(LiquidText(text)) }

    init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(Int128(value))
        case .bigInt(let digits):
            if let value = Int128(digits) { self = .int(value) } else { self = .string(digits) }
        case .double(let value): self = .float(value)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map(LiquidValue.init))
        case .object(let object):
            var members = OrderedMembers<LiquidValue>()
            for (key, value) in object { members[key] = LiquidValue(value) }
            self = .map(members)
        }
    }

    /// Everything but false, nil, what is not there, and an empty cell of a file.
    var isTruthy: Bool {
        switch self {
        case .undefined, .null, .bool(false): false
        default: !isEmptyCell
        }
    }

    /// An empty cell stands for nothing at all: it equals nil, `blank`, `empty` and empty text.
    var isEmptyCell: Bool {
        if case .text(let text) = self { text.isUntyped && text.isEmpty } else { false }
    }

    static var emptyCell: LiquidValue { .text(LiquidText("", untyped: true)) }

    /// Nil, or not there at all.
    var isNil: Bool {
        switch self {
        case .undefined, .null: true
        default: false
        }
    }

    /// Empty text, list or object.
    var isEmpty: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .list(let items): items.isEmpty
        case .map(let members): members.isEmpty
        default: false
        }
    }

    /// The kind, in the words of the person who writes templates.
    var kindName: String {
        switch self {
        case .undefined, .null, .missing: "nil"
        case .bool: "true or false"
        case .int, .float: "a number"
        case .text: "text"
        case .list, .pair: "a list"
        case .map, .loop: "an object"
        case .range: "a range"
        case .moment: "a time"
        case .empty: "empty"
        case .blank: "blank"
        }
    }
}

/// Where a `for` loop stands. Shared, because a template may keep hold of `forloop` while the loop goes on.
final class LoopState {
    let name: String
    let length: Int
    var index = 0
    let parent: LoopState?

    init(name: String, length: Int, parent: LoopState?) {
        self.name = name
        self.length = length
        self.parent = parent
    }

    subscript(member: String) -> LiquidValue? {
        switch member {
        case "name": .string(name)
        case "length": .int(Int128(length))
        case "index": .int(Int128(index + 1))
        case "index0": .int(Int128(index))
        case "rindex": .int(Int128(length - index))
        case "rindex0": .int(Int128(length - index - 1))
        case "first": .bool(index == 0)
        case "last": .bool(index == length - 1)
        case "parentloop": parent.map { .loop($0) } ?? .undefined
        default: nil
        }
    }

    static let memberCount = 9
}
