/// One member of an object in a JSON text, as places in the bytes.
package struct JSONMember: Sendable, Hashable {
    /// The inside of the key's quotes.
    package var key: Range<Int>
    package var keyHasEscapes: Bool
    package var value: JSONSlice
}
