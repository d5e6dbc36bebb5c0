/// One operation of an API as a value: what it answers to, what it is called in the API's document, how much body
/// it takes, and the function that answers. The list of routes can be held against the document.
package struct Route: Sendable {
    package typealias Handler = @Sendable (HTTPRequest, PathParameters) async throws -> HTTPResponse

    package let method: HTTPMethod
    /// Segments after slashes; one in braces, `{id}`, stands for any single one.
    package let pattern: String
    package let operationID: String
    package let body: BodyRule
    package let handler: Handler

    package init(
        _ method: HTTPMethod, _ pattern: String, operationID: String, body: BodyRule = .none,
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.operationID = operationID
        self.body = body
        self.handler = handler
    }
}
