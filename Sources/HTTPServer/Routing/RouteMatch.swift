/// What a router says about a method and a path.
package enum RouteMatch {
    case found(Route, PathParameters)
    /// The path is known, the method isn't: the methods that are, for the `Allow` header.
    case wrongMethod(pattern: String, allow: String)
    case notFound
    /// The path can't be decoded, or tries to climb.
    case malformed
}
