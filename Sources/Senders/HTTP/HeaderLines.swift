private import CCurl

/// A transfer's header lines as the linked list that libcurl wants. Lines with placeholders are written
/// again for each message, in place: no list is built or freed on the way.
final class HeaderLines {
    private final class Line {
        let header: HTTPProviderConfig.Header
        var text = RawBytes(capacity: 128)
        let node = UnsafeMutablePointer<curl_slist>.allocate(capacity: 1)

        init(_ header: HTTPProviderConfig.Header) { self.header = header }

        deinit { node.deallocate() }
    }

    private let lines: [Line]
    private let changing: [Line]
    /// The first node, a `curl_slist`.
    var list: UnsafeRawPointer? { lines.first.map { UnsafeRawPointer($0.node) } }

    init(_ headers: [HTTPProviderConfig.Header]) {
        // Without this one libcurl waits a second for a server's leave before a long body.
        var expect = RequestTemplate()
        expect.append(literal: [])
        lines = (headers + [HTTPProviderConfig.Header(name: "Expect", value: expect)]).map(Line.init)
        changing = lines.filter { !$0.header.value.isConstant }
        for (index, line) in lines.enumerated() {
            line.node.initialize(to: curl_slist(data: nil, next: index + 1 < lines.count ? lines[index + 1].node : nil))
        }
        for line in lines where line.header.value.isConstant {
            write(line) { out in line.header.value.fill(&out, .nothing, .nothing) }
        }
    }

    func fill(_ message: MessageBatch.Message, _ source: RequestSource) {
        for line in changing {
            write(line) { out in line.header.value.fill(&out, message, source) }
        }
    }

    private func write(_ line: Line, _ value: (inout RawBytes) -> Void) {
        line.text.clear()
        line.text.append(Array(line.header.name.utf8))
        line.text.append(0x3A)
        value(&line.text)
        line.text.append(0)
        line.node.pointee.data = UnsafeMutableRawPointer(line.text.base).assumingMemoryBound(to: CChar.self)
    }
}
