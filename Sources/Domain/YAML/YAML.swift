/// The part of YAML that people write configuration in, read as JSON.
///
/// Block maps and lists, flow maps and lists (also over several lines), plain and quoted scalars on one line, `|` and
/// `>` texts, comments, one document. Plain words are typed as in JSON: `null`, `~` or nothing, `true`, `false` and
/// JSON's numbers; everything else (`yes`, `on`, `0123`, `12:30`) is text. Keys are always text. Refused with a line
/// number, rather than read in a way that somebody may not expect: tabs, anchors, aliases, tags, merge and complex
/// keys, keys given twice, plain or quoted scalars over several lines, more than one document.
package enum YAML {
    package static func parse(_ text: String) throws(YAMLError) -> JSON {
        var parser = try YAMLParser(Array(text.utf8))
        return try parser.document()
    }
}

/// What is wrong with a document, and where.
package struct YAMLError: Error, Hashable, CustomStringConvertible {
    package let line: Int
    /// What is wrong and what to do, as the rest of a sentence after "line 3: ".
    package let reason: String

    package var description: String { "line \(line): \(reason)" }
}
