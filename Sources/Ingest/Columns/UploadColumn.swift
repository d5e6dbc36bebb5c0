/// One column of an upload.
package struct UploadColumn: Sendable, Equatable {
    /// What the file calls it.
    package var header: String
    /// What templates call it: the header without blanks around it, or what `--map NAME=HEADER` said.
    package var name: String
    package var role: ColumnRole
}
