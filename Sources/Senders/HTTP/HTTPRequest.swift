private import CCurl

/// The request that an adapter writes: URL, headers, body. Its buffers are used again for request after request,
/// and stand still while libcurl reads them.
struct HTTPRequest: ~Copyable {
    var url = RawBytes(capacity: 256)
    var body = RawBytes(capacity: 512)
    private var lines: [HeaderLine] = []
    private var used = 0

    init() {}

    /// A header; its value is appended by the closure. No byte of it may break the line: see `RawBytes.append(header:)`.
    mutating func header(_ name: StaticString, _ value: (inout RawBytes) -> Void) {
        let line = nextLine()
        line.text.append(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        line.text.append(0x3A)
        line.text.append(0x20)
        value(&line.text)
    }

    mutating func header(_ name: StaticString, _ value: [UInt8]) { header(name) { $0.append(value) } }

    /// A whole line, for headers that a configuration names. One that ends in its colon is left out of the request.
    mutating func headerLine(_ value: (inout RawBytes) -> Void) { value(&nextLine().text) }

    mutating func clear() {
        url.clear()
        body.clear()
        used = 0
    }

    /// The headers as the linked list that libcurl wants.
    mutating func finishHeaders() -> UnsafeRawPointer? {
        // Without this one libcurl waits a second for a server's leave before a long body.
        headerLine { $0.append(Self.noExpect) }
        for index in 0..<used {
            lines[index].close(next: index + 1 < used ? lines[index + 1] : nil)
        }
        return lines.first.map { UnsafeRawPointer($0.node) }
    }

    private static let noExpect = Array("Expect:".utf8)

    private mutating func nextLine() -> HeaderLine {
        if used == lines.count { lines.append(HeaderLine()) }
        defer { used += 1 }
        lines[used].text.clear()
        return lines[used]
    }
}

/// One line and the node that shows it to libcurl.
private final class HeaderLine {
    var text = RawBytes(capacity: 128)
    let node = UnsafeMutablePointer<curl_slist>.allocate(capacity: 1)

    init() { node.initialize(to: curl_slist(data: nil, next: nil)) }

    deinit { node.deallocate() }

    func close(next: HeaderLine?) {
        text.append(0)
        node.pointee.data = UnsafeMutableRawPointer(text.base).assumingMemoryBound(to: CChar.self)
        node.pointee.next = next?.node
    }
}
