/// How text in JSON is judged.
package enum JSONTolerance: Sendable {
    /// As RFC 8259 has it: what we keep, send on or show must be text.
    case strict
    /// Bytes that are no UTF-8 and halves of surrogate pairs pass: a provider that echoes a message and cuts it in the
    /// middle of a character has taken the message all the same.
    case anyText
}
