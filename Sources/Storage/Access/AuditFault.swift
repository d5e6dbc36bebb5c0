import Domain

/// What is wrong with the audit, at one place.
package enum AuditFault: Sendable, Hashable, CustomStringConvertible {
    /// It does not say what it said when it was linked, or its link was made anew.
    case changed(seq: Int64, entry: Int64, at: Timestamp, what: String)
    /// Its link is there, the entry is not.
    case missing(seq: Int64, entry: Int64)
    /// Links are gone, and with them nobody knows which entries.
    case linksMissing(first: Int64, last: Int64)
    /// An entry without a link: it did not come by the way that all entries come.
    case inserted(entry: Int64, at: Timestamp, what: String)
    /// The chain ends before the place that the database itself, or an anchor, remembers.
    case cutAtEnd(last: Int64, remembered: Int64, by: String)
    /// What is there holds together, but it is not what the anchor saw.
    case rewritten(seq: Int64, anchor: String)

    /// The place in the chain where it was found; nil for what has none.
    package var seq: Int64? {
        switch self {
        case .changed(let seq, _, _, _), .missing(let seq, _), .linksMissing(let seq, _), .rewritten(let seq, _): seq
        case .cutAtEnd(let last, _, _): last + 1
        case .inserted: nil
        }
    }

    package var word: String {
        switch self {
        case .changed: "changed"
        case .missing, .linksMissing: "missing"
        case .inserted: "inserted"
        case .cutAtEnd: "cut"
        case .rewritten: "rewritten"
        }
    }

    package var description: String {
        switch self {
        case .changed(let seq, let entry, let at, let what):
            "Entry \(seq) (row \(entry), \(at), \(what)) was changed: it does not follow from what stands before it."
        case .missing(let seq, let entry): "Entry \(seq) (row \(entry)) is missing: it was removed."
        case .linksMissing(let first, let last):
            first == last
                ? "Entry \(first) is missing, and its place in the chain with it."
                : "Entries \(first) to \(last) are missing, and their places in the chain with them."
        case .inserted(let entry, let at, let what):
            "Row \(entry) (\(at), \(what)) was inserted: it has no place in the chain."
        case .cutAtEnd(let last, let remembered, let by):
            "The chain was cut at its end: it stops at entry \(last), but \(by) knows entry \(remembered)."
        case .rewritten(let seq, let anchor):
            "Entry \(seq) is not the one that \(anchor) saw: the chain up to there was written anew."
        }
    }
}
