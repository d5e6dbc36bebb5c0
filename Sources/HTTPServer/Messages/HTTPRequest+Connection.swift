private import CMicroHTTP

extension HTTPRequest {
    /// Copies a request's head out of the library's memory, and checks it.
    static func read(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>, _ context: DaemonContext, peer: IPAddress
    ) throws(HeadFault) -> (request: HTTPRequest, bodyLength: Int?) {
        let options = context.core.options
        let start = UnsafeRawPointer(method)
        let size = herald_mhd_head_size(connection)
        guard size <= options.maxHeadBytes else { throw .tooLarge }
        // "HTTP/1.x" and what were CR and LF.
        let lines = UnsafeRawPointer(version) + 10
        let length = start + size - lines
        // Everything between is the target, here already cut into path and query.
        guard lines - start - 10 <= options.maxTarget + 16 else { throw .targetTooLong }
        guard length >= 2, (lines - 2).load(as: UInt8.self) == 0, (lines - 1).load(as: UInt8.self) == 0 else {
            throw .malformed
        }
        let target = UnsafeBufferPointer(
            start: UnsafeRawPointer(path).assumingMemoryBound(to: UInt8.self), count: strlen(path))
        let word = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: strlen(method))
        guard RequestHead.isTarget(target), !target.isEmpty, word.allSatisfy(RequestHead.isToken), !word.isEmpty else {
            throw .malformed
        }
        let headers = try RequestHead.fields(
            UnsafeBufferPointer(start: lines.assumingMemoryBound(to: UInt8.self), count: length),
            limit: options.maxHeaderFields)
        let isHTTP11 = version[7] == CChar(UInt8(ascii: "1"))
        let bodyLength = try RequestHead.bodyLength(headers, isHTTP11: isHTTP11)
        var request = HTTPRequest(
            method: String(cString: method), rawPath: originForm(String(decoding: target, as: UTF8.self)),
            query: readQuery(connection), headers: headers)
        let origin = ForwardedOrigin.of(headers, peer: peer, proxies: options.proxies)
        request.client = origin.client
        request.isSecure = options.certificate != nil || origin.isSecure
        request.identify(&context.random)
        return (request, bodyLength)
    }

    /// A request to a proxy has the whole URL in its first line.
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
        }
        return target
    }

    private mutating func identify(_ random: inout RandomBits) {
        let isFit = headers.withValue(of: "x-request-id") { value in
            (1...64).contains(value.count) && value.allSatisfy { RequestHead.isToken($0) && $0 != 0x27 && $0 != 0x60 }
        }
        id = isFit == true ? headers["x-request-id"] ?? "" : random.name()
        let given = headers.withValue(of: "traceparent") { TraceContext(header: $0) } ?? nil
        isTraced = given != nil
        trace =
            given
            ?? TraceContext(traceHigh: random.next(), traceLow: random.next(), span: random.next() | 1, flags: 0)
    }

    /// The library has cut the query into pieces and left the escapes alone.
    private static func readQuery(_ connection: OpaquePointer) -> [Parameter] {
        var query: [Parameter] = []
        withUnsafeMutablePointer(to: &query) { query in
            _ = MHD_get_connection_values_n(
                connection, .GET_ARGUMENT_KIND,
                { context, _, name, nameCount, value, valueCount in
                    let parameter = Parameter(name: decoded(name, nameCount), value: decoded(value, valueCount))
                    context?.assumingMemoryBound(to: [Parameter].self).pointee.append(parameter)
                    return .YES
                }, query)
        }
        return query
    }
}

private func decoded(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    guard let start else { return "" }
    let bytes = UnsafeBufferPointer(
        start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    return PercentCoding.lenient(String(decoding: bytes, as: UTF8.self))
}
