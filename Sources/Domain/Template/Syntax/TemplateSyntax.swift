/// A value that is read, not computed by filters: a literal, a variable with its members, a range.
indirect enum Expression: Sendable {
    case null
    case bool(Bool)
    case int(Int128)
    case float(Double)
    /// Written by the template's author, so safe in HTML.
    case text(String)
    case empty
    case blank
    case path(Path)
    case range(Expression, Expression)

    struct Path: Sendable {
        var head: Head
        var segments: [Segment]
    }

    enum Head: Sendable {
        /// A variable, by its place in the template's list of names.
        case name(Int)
        /// `[name_of_a_variable]`
        case computed(Expression)
        /// `[5]`, which is never anything.
        case nothing
    }

    enum Segment: Sendable {
        case member(String)
        case index(Int128)
        case computed(Expression)
    }
}

/// What `if` tests.
indirect enum Condition: Sendable {
    case value(Expression)
    case comparison(Comparison, Condition, Condition, at: Int)
    case and(Condition, Condition)
    case or(Condition, Condition)

    enum Comparison: Sendable {
        case equal, notEqual, less, greater, lessOrEqual, greaterOrEqual, contains
    }
}

/// An expression and the filters behind it.
struct FilteredExpression: Sendable {
    var left: Expression
    var filters: [FilterCall]
}

struct FilterCall: Sendable {
    var filter: LiquidFilter
    var arguments: [Expression]
    /// The named argument of `default`.
    var allowFalse: Expression?
    var offset: Int
}

/// A loop's head: `x in items limit: 3 offset: 1 reversed`.
struct LoopHead: Sendable {
    var variable: Int
    /// Loops over the same thing under the same name go on where the last one stopped, on `offset: continue`.
    var key: String
    var items: Expression
    var limit: Expression?
    var offset: Expression?
    var continues = false
    var isReversed = false
}

/// A run of nodes between tags. A blank one prints nothing at all, not even its white space.
struct TemplateBlock: Sendable {
    var nodes: [TemplateNode]
    var isBlank: Bool

    init(_ nodes: [TemplateNode]) {
        self.nodes = nodes
        isBlank = nodes.allSatisfy(\.isBlank)
    }
}

indirect enum TemplateNode: Sendable {
    case text(String)
    case output(FilteredExpression, at: Int)
    case assign(Int, FilteredExpression, at: Int)
    case capture(Int, TemplateBlock)
    /// The blocks of `if`, `elsif` and `unless`, tried in order, and the last one without a condition.
    case choice([Arm], otherwise: TemplateBlock?)
    case cases(Expression, [CaseArm], at: Int)
    case loop(LoopHead, TemplateBlock, otherwise: TemplateBlock?, at: Int)
    case breakLoop
    case continueLoop
    case increment(Int)
    case decrement(Int)
    case cycle(group: Expression?, [Expression], at: Int)

    struct Arm: Sendable {
        var condition: Condition
        var isNegated: Bool
        var block: TemplateBlock
        var offset: Int
    }

    /// `when` with its values, or `else` without.
    struct CaseArm: Sendable {
        var values: [Expression]?
        var block: TemplateBlock
        var offset: Int
    }

    var isBlank: Bool {
        switch self {
        case .text(let text): PythonText.isBlank(text)
        case .output, .increment, .decrement, .cycle: false
        case .assign, .capture, .breakLoop, .continueLoop: true
        case .choice(let arms, let otherwise):
            arms.allSatisfy(\.block.isBlank) && otherwise?.isBlank ?? true
        case .cases(_, let arms, _): arms.allSatisfy(\.block.isBlank)
        case .loop(_, let body, let otherwise, _): body.isBlank && otherwise?.isBlank ?? true
        }
    }
}
