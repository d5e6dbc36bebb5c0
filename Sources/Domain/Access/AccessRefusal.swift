/// Why something is not permitted: the rule's name for machines, and a sentence for people.
package struct AccessRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// `scope`, `use.category`, `use.channel`, `use.priority`, `use.template`, `use.content`, `use.country`.
    package let rule: String
    /// `source checkout may not send marketing by sms to SG`.
    package let text: String

    package init(rule: String, text: String) {
        self.rule = rule
        self.text = text
    }

    package var description: String { text }
}
