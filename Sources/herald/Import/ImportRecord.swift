/// One thing to add, as a file has it: values by the names of the options they stand for.
struct ImportRecord: Sendable {
    /// Where it starts in the file, from 1.
    let line: Int
    /// In the file's order; a name that may be repeated may be there more than once.
    var values: [(name: String, value: String)]
    /// What keeps it from being a record at all.
    var fault: String?
}
