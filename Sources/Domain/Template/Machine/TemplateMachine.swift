/// Runs one compiled template for one message. Holds the variables, the open loops and captures, and the bounds;
/// whatever the template does, it ends with text or with an error.
struct TemplateMachine {
    let program: Program
    let data: TemplateData
    let settings: RenderSettings
    let isHTML: Bool

    /// What is being written: the message, or the innermost capture.
    var sink: [UInt8]
    private var outer: [[UInt8]] = []
    private var limit: Int
    private var stepsLeft: Int

    /// What the template has set, by name; empty where it never sets anything.
    private var set: [LiquidValue?]
    private var counters: [Int: Int128] = [:]
    private var loops: [LoopFrame] = []
    private var cases: [CaseFrame] = []
    private var cycles: [String: Int] = [:]
    private var stops: [String: Int] = [:]

    private struct CaseFrame {
        var isMatched = false
        var repeats = 0
    }

    /// `output` is taken over, so that nothing is copied; `finish` gives it back.
    init(_ program: Program, _ data: TemplateData, _ settings: RenderSettings, output: consuming [UInt8]) {
        self.program = program
        self.data = data
        self.settings = settings
        isHTML = program.escaping == .html
        limit = output.count + settings.outputLimit
        sink = output
        stepsLeft = settings.stepLimit
        set = program.ownNames.isEmpty ? [] : Array(repeating: nil, count: program.names.names.count)
    }

    /// The message that was written.
    consuming func finish() -> [UInt8] { sink }

    /// After an error: the buffer that was taken over, with whatever was written so far.
    consuming func abandon() -> [UInt8] { outer.first ?? sink }

    mutating func charge(_ steps: Int) throws(RenderError) {
        stepsLeft -= steps
        if stepsLeft < 0 { throw .stepLimit(settings.stepLimit) }
    }

    /// Work on text costs a step for 16 bytes: a million steps are some 16 MB, less than a tenth of a second.
    mutating func charge(bytes: Int) throws(RenderError) { try charge(1 + bytes >> 4) }

    func checkSize(_ count: Int) throws(RenderError) {
        if count > settings.outputLimit { throw .outputLimit(settings.outputLimit) }
    }

    func checkSink() throws(RenderError) {
        if sink.count > (outer.isEmpty ? limit : settings.outputLimit) { throw .outputLimit(settings.outputLimit) }
    }

    // MARK: Code

    mutating func run() throws(RenderError) {
        var at = 0
        while at < program.code.count {
            do throws(RenderError) {
                at = try step(at)
            } catch {
                throw error.at(program.place(at))
            }
        }
    }

    /// Runs the instruction at `at` and returns where to go on.
    private mutating func step(_ at: Int) throws(RenderError) -> Int {
        try charge(1)
        switch program.code[at] {
        case .text(let start, let count):
            try charge(Int(count) >> 8)
            let range = Int(start)..<Int(start) + Int(count)
            program.literals.withUnsafeBufferPointer {
                sink.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range]))
            }
            try checkSink()
        case .field(let name, let output):
            if case .row(let row) = data, let part = row.plain(Int(name)), !part.isEmpty {
                try charge(part.count >> 8)
                HTMLText.append(part, escaped: isHTML, to: &sink)
                try checkSink()
            } else {
                try print(program.outputs[Int(output)])
            }
        case .fieldOrText(_, _, let output), .fieldInCase(_, _, let output),
            .output(let output):
            try print(program.outputs[Int(output)])
        case .assign(let name, let output):
            set[Int(name)] = try evaluate(program.outputs[Int(output)].expression)
        case .captureStart:
            outer.append(sink)
            sink = []
        case .captureEnd(let name):
            let text = String(decoding: sink, as: UTF8.self)
            sink = outer.removeLast()
            set[Int(name)] = .text(LiquidText(text, safe: isHTML))
        case .jump(let target): return Int(target)
        case .branch(let condition, let negated, let otherwise):
            let holds = try test(program.conditions[Int(condition)])
            if holds == negated { return Int(otherwise) }
        case .caseStart: cases.append(CaseFrame())
        case .when(let test, let otherwise):
            let matches = try self.matches(program.cases[Int(test)])
            if matches == 0 { return Int(otherwise) }
            cases[cases.count - 1] = CaseFrame(isMatched: true, repeats: matches - 1)
        case .whenEnd(let start):
            if cases[cases.count - 1].repeats > 0 {
                cases[cases.count - 1].repeats -= 1
                return Int(start)
            }
        case .caseElse(let otherwise): if cases[cases.count - 1].isMatched { return Int(otherwise) }
        case .caseEnd: cases.removeLast()
        case .loopStart(let loop, let otherwise):
            guard let items = try items(of: program.loops[Int(loop)]) else { return Int(otherwise) }
            enter(program.loops[Int(loop)], items)
        case .loopNext(let start): if nextItem() { return Int(start) }
        case .breakLoop(let exit):
            unwind()
            loops.removeLast()
            return Int(exit)
        case .continueLoop(let next):
            unwind()
            return Int(next)
        case .increment(let name):
            let value = counters[Int(name)] ?? 0
            counters[Int(name)] = value + 1
            try write(.int(value))
        case .decrement(let name):
            let value = (counters[Int(name)] ?? 0) - 1
            counters[Int(name)] = value
            try write(.int(value))
        case .cycle(let cycle): try run(program.cycles[Int(cycle)])
        }
        return at + 1
    }

    private mutating func print(_ output: Program.Output) throws(RenderError) {
        if let needs = output.needs, case .row = data, variable(needs).isEmptyOrNil {
            let name = program.names.names[needs]
            throw RenderError(.missingField(name), "field '\(name)' is empty; fill it, or give it a default")
        }
        try write(try evaluate(output.expression))
    }

    private mutating func run(_ cycle: Program.Cycle) throws(RenderError) {
        var key = ""
        if let group = cycle.group {
            let value = try evaluate(group)
            if case .undefined = value { key = "__UNDEFINED" } else { key = try text(value).string }
        }
        var values: [LiquidValue] = []
        for value in cycle.values { values.append(try evaluate(value)) }
        if key.isEmpty { key = "[" + (try representation(.list(values))) }
        let index = cycles[key] ?? 0
        cycles[key] = (index + 1) % values.count
        if index < values.count { try write(values[index]) }
    }

    // MARK: Loops

    private mutating func enter(_ head: LoopHead, _ items: LoopItems) {
        let state = LoopState(name: head.key, length: items.count, parent: loops.last?.state)
        loops.append(
            LoopFrame(
                variable: head.variable, items: items, state: state, value: items[0], captures: outer.count,
                cases: cases.count))
    }

    private mutating func nextItem() -> Bool {
        let last = loops.count - 1
        loops[last].state.index += 1
        guard loops[last].state.index < loops[last].items.count else {
            loops.removeLast()
            return false
        }
        loops[last].value = loops[last].items[loops[last].state.index]
        return true
    }

    /// Drops the captures and cases that were opened inside the innermost loop.
    private mutating func unwind() {
        guard let frame = loops.last else { return }
        while outer.count > frame.captures { sink = outer.removeLast() }
        cases.removeLast(cases.count - frame.cases)
    }

    /// What the loop walks over, or nil where that is nothing.
    private mutating func items(of head: LoopHead) throws(RenderError) -> LoopItems? {
        var items = LoopItems(try evaluate(head.items))
        let length = items.count
        guard length < .max else { throw RenderError(.number, "this range is too long") }
        var limit: Int?
        if let expression = head.limit { limit = try loopNumber(expression, "limit") }
        var start = head.continues ? stops[head.key] ?? 0 : 0
        if let expression = head.offset { start = try loopNumber(expression, "offset") }
        var stop = limit.map { $0 + start } ?? 0
        // A stop at zero means to the end, as it does in python-liquid.
        stop = min(stop == 0 ? length : stop, length)
        start = min(max(start, 0), length)
        guard stop >= 0 else { throw RenderError(.argument, "a loop's limit can't be negative") }
        stops[head.key] = stop
        guard stop > start else { return nil }
        items.narrow(to: start..<stop, reversed: head.isReversed)
        return items
    }

    private mutating func loopNumber(_ expression: Expression, _ name: String) throws(RenderError) -> Int {
        let value = try evaluate(expression)
        guard let number = wholeNumber(value) else {
            throw RenderError(.argument, "a loop's \(name) is a whole number, not \(value.kindName)")
        }
        return Int(clamping: min(max(number, -(1 << 60)), 1 << 60))
    }

    // MARK: Variables

    func variable(_ place: Int) -> LiquidValue {
        for frame in loops.reversed() {
            if frame.variable == place, place != program.forloopName { return frame.value }
            if place == program.forloopName { return frame.variable == place ? frame.value : .loop(frame.state) }
        }
        if !set.isEmpty, let value = set[place] { return value }
        return field(place) ?? builtIn(place) ?? counters[place].map { .int($0) } ?? .undefined
    }

    private func field(_ place: Int) -> LiquidValue? {
        let value = data.value(place, program.names.names[place])
        if case .undefined = value { return nil }
        if value.isEmptyCell, builtIn(place) != nil || counters[place] != nil { return nil }
        return value
    }

    private func builtIn(_ place: Int) -> LiquidValue? {
        guard place == program.nowName || place == program.todayName, var time = CivilTime(epoch: settings.now) else {
            return nil
        }
        time.isDate = place == program.todayName
        return .moment(time)
    }

    /// A variable whose name was worked out while rendering.
    func variable(named name: String) -> LiquidValue {
        if let place = program.names.existing(name) { return variable(place) }
        if name == "forloop", let loop = loops.last { return .loop(loop.state) }
        return data.value(named: name) ?? .undefined
    }
}

extension LiquidValue {
    fileprivate var isEmptyOrNil: Bool {
        if case .text(let text) = self { return text.isEmpty }
        return isNil
    }
}
