/// Why a row cannot be sent to: a short stable code for machines, and one sentence for the person who
/// mends the file. Each area of the domain adds its own codes in an extension beside its rules.
package struct RejectCode: Sendable, Hashable {
    package let rawValue: String
    /// What is wrong and what to do, without the personal data itself.
    package let explanation: String

    package init(_ rawValue: String, _ explanation: String) {
        self.rawValue = rawValue
        self.explanation = explanation
    }

    package static func == (a: RejectCode, b: RejectCode) -> Bool { a.rawValue == b.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
