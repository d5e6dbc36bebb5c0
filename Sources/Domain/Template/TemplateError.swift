/// Why a template cannot be used, and where: `line 3, column 7: …`. The message says what to do.
package struct TemplateError: Error, Hashable, Sendable {
    package let message: String
    /// One-based, in characters.
    package let line: Int
    package let column: Int

    package init(_ message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }
}

extension TemplateError: CustomStringConvertible {
    package var description: String { "line \(line), column \(column): \(message)" }
}
