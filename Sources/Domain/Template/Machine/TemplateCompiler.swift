/// Turns a template's tree into flat code.
struct TemplateCompiler {
    let source: TemplateSource
    let escaping: TemplateEscaping
    let names: NameTable
    /// Names that the template sets, so they are no plain fields.
    let ownNames: Set<Int>
    private let fields: FieldUses

    private(set) var code: [Instruction] = []
    private(set) var offsets: [Int32] = []
    private(set) var literals: [UInt8] = []
    private(set) var fallbacks: [Range<Int>] = []
    private(set) var outputs: [Program.Output] = []
    private(set) var conditions: [Condition] = []
    private(set) var cases: [Program.CaseTest] = []
    private(set) var loops: [LoopHead] = []
    private(set) var cycles: [Program.Cycle] = []

    private var currentOffset = 0
    private var breaks: [[Int]] = []
    private var continues: [[Int]] = []

    init(
        _ nodes: [TemplateNode], names: NameTable, fields: FieldUses, source: TemplateSource, escaping: TemplateEscaping
    ) {
        self.source = source
        self.escaping = escaping
        self.names = names
        self.fields = fields
        ownNames = fields.ownNames
        emit(nodes)
    }

    private mutating func append(_ instruction: Instruction) {
        code.append(instruction)
        offsets.append(Int32(currentOffset))
    }

    private var next: Int32 { Int32(code.count) }

    private mutating func literal(_ text: String) -> Range<Int> {
        let start = literals.count
        literals.append(contentsOf: text.utf8)
        return start..<literals.count
    }

    private mutating func block(_ block: TemplateBlock) {
        emit(block.isBlank ? block.nodes.filter { if case .text = $0 { false } else { true } } : block.nodes)
    }

    private mutating func emit(_ nodes: [TemplateNode]) {
        for node in nodes { emit(node) }
    }

    private mutating func emit(_ node: TemplateNode) {
        switch node {
        case .text(let text):
            let range = literal(text)
            guard !range.isEmpty else { return }
            append(.text(start: Int32(range.lowerBound), count: Int32(range.count)))
        case .output(let expression, let offset):
            currentOffset = offset
            emitOutput(expression, offset)
        case .assign(let name, let expression, let offset):
            currentOffset = offset
            outputs.append(Program.Output(expression: expression))
            append(.assign(name: Int32(name), output: Int32(outputs.count - 1)))
        case .capture(let name, let block):
            append(.captureStart)
            self.block(block)
            append(.captureEnd(name: Int32(name)))
        case .choice(let arms, let otherwise): emitChoice(arms, otherwise)
        case .cases(let left, let arms, let offset): emitCases(left, arms, offset)
        case .loop(let head, let body, let otherwise, let offset): emitLoop(head, body, otherwise, offset)
        case .breakLoop:
            breaks[breaks.count - 1].append(code.count)
            append(.breakLoop(exit: 0))
        case .continueLoop:
            continues[continues.count - 1].append(code.count)
            append(.continueLoop(next: 0))
        case .increment(let name): append(.increment(name: Int32(name)))
        case .decrement(let name): append(.decrement(name: Int32(name)))
        case .cycle(let group, let values, let offset):
            currentOffset = offset
            cycles.append(Program.Cycle(group: group, values: values))
            append(.cycle(Int32(cycles.count - 1)))
        }
    }

    /// What can be printed straight from the row's bytes gets an instruction of its own.
    private mutating func emitOutput(_ expression: FilteredExpression, _ offset: Int) {
        let number = Int32(outputs.count)
        outputs.append(Program.Output(expression: expression, needs: fields.neededAt[offset]))
        guard case .path(let path) = expression.left, case .name(let name) = path.head, path.segments.isEmpty,
            !ownNames.contains(name), !["now", "today", "forloop"].contains(names.names[name]),
            expression.filters.count < 2
        else { return append(.output(number)) }
        let call = expression.filters.first
        switch call?.filter {
        case nil: append(.field(name: Int32(name), output: number))
        case .upcase, .downcase:
            append(.fieldInCase(name: Int32(name), upper: call?.filter == .upcase, output: number))
        case .default:
            guard let call, call.allowFalse == nil, call.arguments.count == 1, case .text(let text) = call.arguments[0]
            else { return append(.output(number)) }
            fallbacks.append(literal(text))
            append(.fieldOrText(name: Int32(name), fallback: Int32(fallbacks.count - 1), output: number))
        default: append(.output(number))
        }
    }

    private mutating func emitChoice(_ arms: [TemplateNode.Arm], _ otherwise: TemplateBlock?) {
        // A choice that prints in one branch keeps the white space of the others; only an elsif stands for itself,
        // as in python-liquid.
        let isBlank = arms.allSatisfy(\.block.isBlank) && otherwise?.isBlank ?? true
        var exits: [Int] = []
        for (index, arm) in arms.enumerated() {
            currentOffset = arm.offset
            let branch = code.count
            conditions.append(arm.condition)
            append(.branch(condition: Int32(conditions.count - 1), negated: arm.isNegated, otherwise: 0))
            block(arm.block, blank: index == 0 ? isBlank : arm.block.isBlank)
            exits.append(code.count)
            append(.jump(0))
            code[branch] = .branch(
                condition: conditionNumber(branch), negated: arm.isNegated, otherwise: next)
        }
        if let otherwise { block(otherwise, blank: isBlank) }
        for exit in exits { code[exit] = .jump(next) }
    }

    private func conditionNumber(_ at: Int) -> Int32 {
        if case .branch(let condition, _, _) = code[at] { condition } else { 0 }
    }

    private mutating func block(_ block: TemplateBlock, blank: Bool) {
        var block = block
        block.isBlank = blank
        self.block(block)
    }

    private mutating func emitCases(_ left: Expression, _ arms: [TemplateNode.CaseArm], _ offset: Int) {
        currentOffset = offset
        let isBlank = arms.allSatisfy(\.block.isBlank)
        append(.caseStart)
        for arm in arms {
            currentOffset = arm.offset
            let test = code.count
            if let values = arm.values {
                cases.append(Program.CaseTest(left: left, values: values))
                let number = Int32(cases.count - 1)
                append(.when(number, otherwise: 0))
                block(arm.block, blank: isBlank)
                append(.whenEnd(start: Int32(test + 1)))
                code[test] = .when(number, otherwise: next)
            } else {
                append(.caseElse(otherwise: 0))
                block(arm.block, blank: isBlank)
                code[test] = .caseElse(otherwise: next)
            }
        }
        append(.caseEnd)
    }

    private mutating func emitLoop(
        _ head: LoopHead, _ body: TemplateBlock, _ otherwise: TemplateBlock?, _ offset: Int
    ) {
        currentOffset = offset
        loops.append(head)
        let number = Int32(loops.count - 1)
        let start = code.count
        append(.loopStart(number, otherwise: 0))
        breaks.append([])
        continues.append([])
        block(body)
        let nextItem = next
        append(.loopNext(start: Int32(start + 1)))
        let exit = code.count
        append(.jump(0))
        for at in breaks.removeLast() { code[at] = .breakLoop(exit: Int32(exit)) }
        for at in continues.removeLast() { code[at] = .continueLoop(next: nextItem) }
        code[start] = .loopStart(number, otherwise: next)
        if let otherwise { block(otherwise) }
        code[exit] = .jump(next)
    }
}
