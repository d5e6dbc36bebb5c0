/// Routes by the segments of their patterns: finding one costs a dictionary look-up for each segment, however many
/// routes there are. A literal segment wins over a parameter.
struct RouteTree: Sendable {
    private struct Node {
        var literals: [Substring: Int] = [:]
        var parameter: Int?
        /// A position in `ends` where a pattern ends here.
        var end: Int?
    }

    struct End {
        let pattern: String
        /// The parameter's names stand in the route: two methods may name the same segment differently.
        var routes: [(method: HTTPMethod, names: [String], route: Route)] = []

        /// As the `Allow` header lists them.
        var allow: String {
            var methods = routes.map(\.method.rawValue)
            if methods.contains("GET") { methods.append("HEAD") }
            methods.append("OPTIONS")
            return methods.sorted().joined(separator: ", ")
        }
    }

    private var nodes = [Node()]
    private var ends: [End] = []

    /// Two routes of one method and path are a mistake of the program.
    mutating func insert(_ route: Route) {
        var node = 0
        var names: [String] = []
        for segment in route.pattern.split(separator: "/") {
            if segment.first == "{", segment.last == "}" {
                names.append(String(segment.dropFirst().dropLast()))
                node = nodes[node].parameter ?? child(of: node) { $0.parameter = $1 }
            } else {
                node = nodes[node].literals[segment] ?? child(of: node) { $0.literals[segment] = $1 }
            }
        }
        let end: Int
        if let known = nodes[node].end {
            end = known
        } else {
            end = ends.count
            ends.append(End(pattern: route.pattern))
            nodes[node].end = end
        }
        precondition(
            !ends[end].routes.contains { $0.method == route.method },
            "\(route.method.rawValue) \(route.pattern) is declared twice")
        ends[end].routes.append((route.method, names, route))
    }

    /// The values of the parameters are the path's own text, not decoded.
    func find(_ segments: [Substring]) -> (end: End, values: [Substring])? {
        var values: [Substring] = []
        guard let end = walk(0, segments[...], &values) else { return nil }
        return (ends[end], values)
    }

    /// Looks back to the parameter where the literal leads nowhere; patterns are a few segments long.
    private func walk(_ node: Int, _ segments: ArraySlice<Substring>, _ values: inout [Substring]) -> Int? {
        guard let first = segments.first else { return nodes[node].end }
        if let next = nodes[node].literals[first], let end = walk(next, segments.dropFirst(), &values) { return end }
        guard let next = nodes[node].parameter else { return nil }
        values.append(first)
        if let end = walk(next, segments.dropFirst(), &values) { return end }
        values.removeLast()
        return nil
    }

    private mutating func child(of node: Int, link: (inout Node, Int) -> Void) -> Int {
        nodes.append(Node())
        link(&nodes[node], nodes.count - 1)
        return nodes.count - 1
    }
}
