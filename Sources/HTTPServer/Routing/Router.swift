/// Finds the route of a request. Pure: a value made of routes, without I/O.
///
/// A slash at the end makes no difference; an empty segment in the middle does. `.` and `..` are refused in any
/// spelling. HEAD finds the route of GET.
package struct Router: Sendable {
    package let routes: [Route]
    private let tree: RouteTree

    package init(_ routes: [Route]) {
        self.routes = routes
        var tree = RouteTree()
        for route in routes { tree.insert(route) }
        self.tree = tree
    }

    /// `path` is the path of the request as it was sent, without the query.
    package func match(_ method: String, _ path: String) -> RouteMatch {
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments.last?.isEmpty == true { segments.removeLast() }
        // An escaped letter is the same letter; an escaped slash stays inside its segment.
        if path.utf8.contains(UInt8(ascii: "%")) || path.utf8.contains(UInt8(ascii: ".")) {
            for index in segments.indices {
                guard let decoded = PercentCoding.decode(segments[index]), decoded != ".", decoded != ".." else {
                    return .malformed
                }
                segments[index] = decoded[...]
            }
        }
        guard let (end, values) = tree.find(segments), !values.contains(where: \.isEmpty) else { return .notFound }
        let wanted = method == "HEAD" ? "GET" : method
        for candidate in end.routes where candidate.method.rawValue == wanted {
            let parameters =
                values.isEmpty ? .none : PathParameters(names: candidate.names, values: values.map(String.init))
            return .found(candidate.route, parameters)
        }
        return .wrongMethod(pattern: end.pattern, allow: end.allow)
    }
}
