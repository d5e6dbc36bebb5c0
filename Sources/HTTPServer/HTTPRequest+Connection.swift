private import CMicroHTTP

extension HTTPRequest {
    /// Copies a request's head out of the library's memory.
    init(connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>) {
        self.method = String(cString: method)
        self.path = String(cString: path)
        headers = Self.readHeaders(connection)
        query = Self.readQuery(connection)
    }

    private static func readHeaders(_ connection: OpaquePointer) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserve(fields: 8)
        withUnsafeMutablePointer(to: &headers) { headers in
            _ = MHD_get_connection_values_n(
                connection, .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    context?.assumingMemoryBound(to: HTTPHeaders.self).pointee.append(
                        name: bytes(name, nameCount), value: bytes(value, valueCount))
                    return .YES
                }, headers)
        }
        return headers
    }

    private static func readQuery(_ connection: OpaquePointer) -> [Parameter] {
        var query: [Parameter] = []
        withUnsafeMutablePointer(to: &query) { query in
            _ = MHD_get_connection_values_n(
                connection, .GET_ARGUMENT_KIND,
                { context, _, name, nameCount, value, valueCount in
                    let parameter = Parameter(
                        name: String(decoding: bytes(name, nameCount), as: UTF8.self),
                        value: String(decoding: bytes(value, valueCount), as: UTF8.self))
                    context?.assumingMemoryBound(to: [Parameter].self).pointee.append(parameter)
                    return .YES
                }, query)
        }
        return query
    }
}

/// The library's text as bytes; it lives as long as the callback that was handed it.
private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
        start: UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
}
