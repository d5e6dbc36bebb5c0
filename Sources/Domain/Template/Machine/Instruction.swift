/// One step of a compiled template. Plain numbers only, so that walking over them costs no reference counting:
/// names are places in the name table, the rest are places in the program's tables or in its code.
enum Instruction: Sendable {
    /// Prints part of the literal bytes.
    case text(start: Int32, count: Int32)
    /// Prints a field as it stands: a name that the template never sets itself.
    case field(name: Int32, output: Int32)
    /// Prints a field, or part of the literal bytes where it is empty.
    case fieldOrText(name: Int32, fallback: Int32, output: Int32)
    /// Prints a field in capital or in small letters.
    case fieldInCase(name: Int32, upper: Bool, output: Int32)
    case output(Int32)
    case assign(name: Int32, output: Int32)
    case captureStart
    case captureEnd(name: Int32)
    case jump(Int32)
    /// Goes on when the condition holds (or, negated, when it doesn't), else jumps.
    case branch(condition: Int32, negated: Bool, otherwise: Int32)
    case caseStart
    /// Goes on when a value matches, else jumps.
    case when(Int32, otherwise: Int32)
    /// Behind a matched block: once more for each further value that matched.
    case whenEnd(start: Int32)
    /// Jumps when an earlier `when` matched.
    case caseElse(otherwise: Int32)
    case caseEnd
    /// Enters the loop at its first item, or jumps where there is none.
    case loopStart(Int32, otherwise: Int32)
    /// Jumps back with the next item, or leaves the loop and goes on.
    case loopNext(start: Int32)
    case breakLoop(exit: Int32)
    case continueLoop(next: Int32)
    case increment(name: Int32)
    case decrement(name: Int32)
    case cycle(Int32)
}
