/// Which fields a template reads, and how badly it wants them.
///
/// A field is needed where it is printed (or filtered, looped over, assigned) without a `default` filter and outside
/// of a condition that has made sure of it, like `{% if nickname %}{{ nickname }}{% endif %}`. A field that is
/// needed wherever the template goes is required; one that is needed only in some branch is looked at when that
/// branch is rendered.
struct FieldUses: Sendable {
    /// All names that are read before the template sets them, in the order they appear.
    private(set) var read: [Int] = []
    private(set) var required: Set<Int> = []
    /// By the offset of an output: the field that must have a value where it is printed.
    private(set) var neededAt: [Int: Int] = [:]
    /// Names that the template sets itself anywhere: by assign, capture, a loop or a counter.
    private(set) var ownNames: Set<Int> = []

    private let names: NameTable
    private var seen: Set<Int> = []
    /// Set on the way to here.
    private var assigned: Set<Int> = []
    /// Made sure of by the conditions around.
    private var guarded: Set<Int> = []
    /// How many tags around may skip what stands here.
    private var branches = 0

    init(_ nodes: [TemplateNode], names: NameTable) {
        self.names = names
        collectOwnNames(nodes)
        visit(nodes)
    }

    private mutating func collectOwnNames(_ nodes: [TemplateNode]) {
        for node in nodes {
            switch node {
            case .assign(let name, _, _), .increment(let name), .decrement(let name): ownNames.insert(name)
            case .capture(let name, let block):
                ownNames.insert(name)
                collectOwnNames(block.nodes)
            case .choice(let arms, let otherwise):
                for arm in arms { collectOwnNames(arm.block.nodes) }
                collectOwnNames(otherwise?.nodes ?? [])
            case .cases(_, let arms, _): for arm in arms { collectOwnNames(arm.block.nodes) }
            case .loop(let head, let body, let otherwise, _):
                ownNames.insert(head.variable)
                collectOwnNames(body.nodes)
                collectOwnNames(otherwise?.nodes ?? [])
            default: break
            }
        }
    }

    private mutating func visit(_ nodes: [TemplateNode]) {
        for node in nodes { visit(node) }
    }

    private mutating func visit(_ node: TemplateNode) {
        switch node {
        case .text, .breakLoop, .continueLoop: break
        case .output(let expression, let offset):
            if let needed = use(expression) { neededAt[offset] = needed }
        case .assign(let name, let expression, _):
            use(expression)
            assigned.insert(name)
        case .capture(let name, let block):
            visit(block.nodes)
            assigned.insert(name)
        case .increment(let name), .decrement(let name): assigned.insert(name)
        case .cycle(let group, let values, _):
            if let group { use(group, needed: false) }
            for value in values { use(value, needed: true) }
        case .choice(let arms, let otherwise): visit(arms, otherwise)
        case .cases(let left, let arms, _):
            use(left, needed: false)
            branch { uses in
                for arm in arms {
                    for value in arm.values ?? [] { uses.use(value, needed: false) }
                    uses.visit(arm.block.nodes)
                }
            }
        case .loop(let head, let body, let otherwise, _): visit(head, body, otherwise)
        }
    }

    /// What is assigned in a branch may stay unset, so it counts as set only inside.
    private mutating func branch(_ body: (inout FieldUses) -> Void) {
        let (savedAssigned, savedGuarded) = (assigned, guarded)
        branches += 1
        body(&self)
        branches -= 1
        (assigned, guarded) = (savedAssigned, savedGuarded)
    }

    private mutating func visit(_ arms: [TemplateNode.Arm], _ otherwise: TemplateBlock?) {
        branch { uses in
            for arm in arms {
                uses.use(arm.condition)
                let whenTrue = uses.assured(by: arm.condition, holding: !arm.isNegated)
                let whenFalse = uses.assured(by: arm.condition, holding: arm.isNegated)
                uses.branch { uses in
                    uses.guarded.formUnion(whenTrue)
                    uses.visit(arm.block.nodes)
                }
                uses.guarded.formUnion(whenFalse)
            }
            uses.visit(otherwise?.nodes ?? [])
        }
    }

    private mutating func visit(_ head: LoopHead, _ body: TemplateBlock, _ otherwise: TemplateBlock?) {
        // A loop over nothing is no fault when the template says what to do then.
        use(head.items, needed: otherwise == nil)
        if let limit = head.limit { use(limit, needed: true) }
        if let offset = head.offset { use(offset, needed: true) }
        branch { uses in
            uses.assigned.insert(head.variable)
            if let forloop = uses.names.existing("forloop") { uses.assigned.insert(forloop) }
            uses.visit(body.nodes)
        }
        branch { uses in uses.visit(otherwise?.nodes ?? []) }
    }

    // MARK: Uses

    /// The field that the expression cannot do without.
    @discardableResult
    private mutating func use(_ expression: FilteredExpression) -> Int? {
        let hasDefault = expression.filters.contains { $0.filter == .default }
        let needed = use(expression.left, needed: !hasDefault)
        for call in expression.filters {
            for argument in call.arguments { use(argument, needed: call.filter != .default) }
            if let flag = call.allowFalse { use(flag, needed: false) }
        }
        return needed
    }

    private mutating func use(_ condition: Condition) {
        var condition = condition
        while true {
            switch condition {
            case .value(let expression):
                use(expression, needed: false)
                return
            case .comparison(_, let left, let right, _), .and(let left, let right), .or(let left, let right):
                use(left)
                condition = right
            }
        }
    }

    @discardableResult
    private mutating func use(_ expression: Expression, needed: Bool) -> Int? {
        switch expression {
        case .path(let path):
            for case .computed(let inner) in path.segments { use(inner, needed: needed) }
            switch path.head {
            case .name(let name): return use(name, needed: needed)
            case .computed(let inner): use(inner, needed: needed)
            case .nothing: break
            }
        case .range(let low, let high):
            use(low, needed: needed)
            use(high, needed: needed)
        default: break
        }
        return nil
    }

    private mutating func use(_ name: Int, needed: Bool) -> Int? {
        guard !assigned.contains(name), !isBuiltIn(name) else { return nil }
        if seen.insert(name).inserted { read.append(name) }
        guard needed, !guarded.contains(name) else { return nil }
        if branches == 0 { required.insert(name) }
        return name
    }

    private func isBuiltIn(_ name: Int) -> Bool { names.names[name] == "now" || names.names[name] == "today" }

    // MARK: Conditions

    /// The fields that have a value when the condition holds (or when it does not).
    private func assured(by condition: Condition, holding: Bool) -> Set<Int> {
        var condition = condition
        var result: Set<Int>?
        while true {
            switch condition {
            case .and(let left, let right), .or(let left, let right):
                let isAnd = if case .and = condition { true } else { false }
                let first = assured(by: left, holding: holding)
                guard isAnd == holding else {
                    // Either side may be the one that decides.
                    return (result ?? []).union(first.intersection(assured(by: right, holding: holding)))
                }
                result = (result ?? []).union(first)
                condition = right
            case .value(let expression):
                guard holding, let name = head(expression) else { return result ?? [] }
                return (result ?? []).union([name])
            case .comparison(let comparison, let left, let right, _):
                return (result ?? []).union(assured(by: comparison, left, right, holding: holding))
            }
        }
    }

    private func assured(
        by comparison: Condition.Comparison, _ left: Condition, _ right: Condition, holding: Bool
    ) -> Set<Int> {
        guard case .value(let left) = left, case .value(let right) = right else { return [] }
        let sides = [(left, right), (right, left)]
        switch (comparison, holding) {
        case (.equal, true), (.notEqual, false):
            return Set(sides.compactMap { isNothing($0.1) ? nil : isLiteral($0.1) ? head($0.0) : nil })
        case (.notEqual, true), (.equal, false): return Set(sides.compactMap { isNothing($0.1) ? head($0.0) : nil })
        case (.less, true), (.greater, true): return Set([left, right].compactMap(head))
        case (.lessOrEqual, true), (.greaterOrEqual, true):
            return Set(sides.compactMap { isLiteral($0.1) ? head($0.0) : nil })
        case (.contains, true): return Set([head(left)].compactMap { $0 })
        default: return []
        }
    }

    private func head(_ expression: Expression) -> Int? {
        if case .path(let path) = expression, case .name(let name) = path.head { name } else { nil }
    }

    private func isNothing(_ expression: Expression) -> Bool {
        switch expression {
        case .null, .empty, .blank: true
        case .text(let text): text.isEmpty
        default: false
        }
    }

    private func isLiteral(_ expression: Expression) -> Bool {
        switch expression {
        case .bool, .int, .float, .text: !isNothing(expression)
        default: false
        }
    }
}
