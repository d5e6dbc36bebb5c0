import Domain
import HTTPServer

/// A page of a list: `limit` and, from the page before, `cursor`. A cursor says where the last page ended, so that
/// what is added meanwhile neither repeats nor hides anything.
package struct Page: Sendable {
    package let limit: Int
    /// The number behind which this page begins.
    package let after: Int64?

    package init(_ request: HTTPRequest, most: Int = 200) throws(Problem) {
        if let text = request.parameter("limit") {
            guard let limit = Int(text), (1...most).contains(limit) else {
                throw .invalid("limit", "range", "limit must be a number from 1 to \(most).")
            }
            self.limit = limit
        } else {
            limit = min(50, most)
        }
        if let text = request.parameter("cursor") {
            guard let after = Int64(text, radix: 36), after >= 0 else {
                throw .invalid("cursor", "form", "cursor must be one that an earlier page named.")
            }
            self.after = after
        } else {
            after = nil
        }
    }

    /// `next`: where the following page goes on; nil at the end.
    package func json(_ items: [JSON], next: Int64?) -> JSON {
        ["items": .array(items), "next_cursor": next.map { .string(String($0, radix: 36)) } ?? .null]
    }
}
