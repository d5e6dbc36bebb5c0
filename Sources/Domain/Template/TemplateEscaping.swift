/// What a template is rendered to.
package enum TemplateEscaping: String, Sendable, Hashable {
    /// Text as it is: SMS, push, subjects.
    case plain
    /// HTML: whatever comes from the recipient's data is escaped.
    case html
}
