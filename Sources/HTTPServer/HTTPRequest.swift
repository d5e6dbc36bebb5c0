/// One whole request, detached from its connection: it may be kept and read on any thread.
package struct HTTPRequest: Sendable {
    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package let method: String
    /// The path without the query, percent-decoded.
    package let path: String
    package let query: [Parameter]
    package let headers: HTTPHeaders
    package internal(set) var body: [UInt8] = []

    /// The first value of a query parameter.
    package func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
