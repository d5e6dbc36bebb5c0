/// A compiled template: code, its tables, and one buffer of all literal text. Never changes once it is made.
final class Program: Sendable {
    struct CaseTest: Sendable {
        var left: Expression
        var values: [Expression]
    }

    struct Cycle: Sendable {
        var group: Expression?
        var values: [Expression]
    }

    /// An expression that is printed or assigned.
    struct Output: Sendable {
        var expression: FilteredExpression
        /// The field that must have a value where this is printed.
        var needs: Int?
    }

    let source: TemplateSource
    let escaping: TemplateEscaping
    let names: NameTable
    let code: [Instruction]
    /// Where in the source each instruction comes from.
    let offsets: [Int32]
    let literals: [UInt8]
    let fallbacks: [Range<Int>]
    let outputs: [Output]
    let conditions: [Condition]
    let cases: [CaseTest]
    let loops: [LoopHead]
    let cycles: [Cycle]
    /// Names that the template sets itself, so they are no plain fields.
    let ownNames: Set<Int>
    /// Only text and fields: no state, no jumps.
    let isFlat: Bool
    /// The places of the words that are no fields.
    let forloopName: Int?
    let nowName: Int?
    let todayName: Int?

    init(_ compiler: TemplateCompiler) {
        source = compiler.source
        escaping = compiler.escaping
        names = compiler.names
        code = compiler.code
        offsets = compiler.offsets
        literals = compiler.literals
        fallbacks = compiler.fallbacks
        outputs = compiler.outputs
        conditions = compiler.conditions
        cases = compiler.cases
        loops = compiler.loops
        cycles = compiler.cycles
        ownNames = compiler.ownNames
        isFlat = compiler.code.allSatisfy {
            switch $0 {
            case .text, .field, .fieldOrText, .fieldInCase: true
            default: false
            }
        }
        forloopName = compiler.names.existing("forloop")
        nowName = compiler.names.existing("now")
        todayName = compiler.names.existing("today")
    }

    @inline(__always)
    func appendLiteral(_ range: Range<Int>, to output: inout [UInt8]) {
        literals.withUnsafeBufferPointer { output.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// A word that means something where no field has its name.
    func isBuiltIn(_ name: Int) -> Bool { name == nowName || name == todayName || name == forloopName }

    func place(_ instruction: Int) -> SourcePlace { source.place(Int(offsets[instruction])) }
}
