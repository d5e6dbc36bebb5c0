/// Why one message could not be rendered, and where in the template. Says nothing of the recipient's data.
package struct RenderError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The message would be longer than the limit.
        case outputLimit
        /// The template works longer than the limit.
        case stepLimit
        /// A field that is printed here has no value in this row.
        case missingField(String)
        /// A comparison or a filter that does not go with this kind of value.
        case type
        /// An argument that a filter or a tag cannot take.
        case argument
        /// A number that cannot be held or computed, a division by zero among them.
        case number
    }

    package let kind: Kind
    package let message: String
    package private(set) var line = 0
    package private(set) var column = 0

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The same error at a place of the template; a place that is known already stays.
    func at(_ place: SourcePlace) -> RenderError {
        guard line == 0 else { return self }
        var copy = self
        copy.line = Int(place.line)
        copy.column = Int(place.column)
        return copy
    }

    static func outputLimit(_ limit: Int) -> RenderError {
        RenderError(.outputLimit, "the message is longer than \(limit) bytes; shorten the template or its loops")
    }

    static func stepLimit(_ limit: Int) -> RenderError {
        RenderError(.stepLimit, "the template takes more than \(limit) steps; make its loops shorter")
    }
}

extension RenderError: CustomStringConvertible {
    package var description: String { line > 0 ? "line \(line), column \(column): \(message)" : message }
}

/// A place in a template's source, one-based, in characters.
struct SourcePlace: Hashable, Sendable {
    var line: Int32
    var column: Int32
}
