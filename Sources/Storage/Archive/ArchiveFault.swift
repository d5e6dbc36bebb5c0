/// Why an archive, or a part of it, can't be read. Names the file, so that a person can put another copy in its place.
package struct ArchiveFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// What follows the file's name in a sentence, such as “is missing.”
    package let what: String

    package init(file: String, _ what: String) {
        self.file = file
        self.what = what
    }

    package var description: String { "\(file) \(what)" }

    /// For whom it is no business where Herald keeps its files.
    package var withoutFolder: String { "\(file.split(separator: "/").last ?? "") \(what)" }
}
