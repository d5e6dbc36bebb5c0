/// The filters a template can use. The raw value is the name that is written.
enum LiquidFilter: String, Sendable, CaseIterable {
    case abs, append, capitalize, ceil, compact, concat, date, `default`, downcase, escape, find, first, floor, has
    case join, json, last, lstrip, map, minus, modulo, plus, prepend, reject, remove, replace, reverse, round, rstrip
    case size, slice, sort, split, squish, strip, sum, times, truncate, truncatewords, uniq, upcase, `where`
    case atLeast = "at_least"
    case atMost = "at_most"
    case dividedBy = "divided_by"
    case escapeOnce = "escape_once"
    case findIndex = "find_index"
    case newlineToBr = "newline_to_br"
    case removeFirst = "remove_first"
    case removeLast = "remove_last"
    case replaceFirst = "replace_first"
    case replaceLast = "replace_last"
    case sortNatural = "sort_natural"
    case stripHTML = "strip_html"
    case stripNewlines = "strip_newlines"
    case urlDecode = "url_decode"
    case urlEncode = "url_encode"

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .append, .atLeast, .atMost, .concat, .date, .dividedBy, .map, .minus, .modulo, .plus, .prepend,
            .remove, .removeFirst, .removeLast, .split, .times:
            1...1
        case .compact, .default, .join, .json, .round, .sort, .sortNatural, .sum, .uniq: 0...1
        case .find, .findIndex, .has, .reject, .replace, .replaceFirst, .slice, .where: 1...2
        case .replaceLast: 2...2
        case .truncate, .truncatewords: 0...2
        default: 0...0
        }
    }
}
