import Testing

@testable import HTTPServer

/// Heads as the library leaves them: zero bytes for each colon, CR and LF.
@Suite struct RequestHeadTests {
    private func fields(_ text: String, limit: Int = 100) throws(HeadFault) -> HTTPHeaders {
        let bytes = Array(text.utf8).map { $0 == UInt8(ascii: "|") ? 0 : $0 }
        let result: Result<HTTPHeaders, HeadFault> = bytes.withUnsafeBufferPointer { bytes in
            do throws(HeadFault) {
                return .success(try RequestHead.fields(bytes, limit: limit))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @Test func fieldsAreRead() throws {
        let headers = try fields("Host| h||X-A|  b c \t||x-a|||Empty|||||", limit: 4)
        #expect(headers.count == 4)
        #expect(headers["host"] == "h" && headers.all("X-A") == ["b c", ""] && headers["empty"]?.isEmpty == true)
    }

    @Test(arguments: [
        // Folded, a bare LF, a zero byte, a control byte, a blank before the colon, no name, cut off, more behind.
        "A|b|| c||||", "A|b|B|c||||", "A|b|c||||", "A|b\u{1}c||||", "A |b||||", "|b||||", "A|b||", "A|b||||x",
        "A|b\u{7F}||||",
        "A(|b||||", "", "|", "A|b|||",
    ]) func hostileLinesAreRefused(text: String) {
        #expect(throws: HeadFault.malformed) { try fields(text) }
    }

    @Test func tooManyFields() {
        #expect(throws: HeadFault.tooManyFields) { try fields("A|1||B|2||C|3||||", limit: 2) }
    }

    @Test(arguments: ["Content-Length| 5 ||||", "transfer-encoding|chunked\t||||"])
    func aBlankBehindALengthIsRefused(text: String) {
        #expect(throws: HeadFault.lengthUnclear) { try fields(text) }
    }

    @Test(
        arguments: [
            ([("Host", "h")], 0), ([("Host", "h"), ("Content-Length", "12")], 12),
            ([("Host", "h"), ("Transfer-Encoding", "Chunked")], nil),
            ([("Host", "[::1]:80"), ("Expect", "100-Continue")], 0),
        ] as [([(String, String)], Int?)]) func lengths(fields: [(String, String)], length: Int?) throws
    {
        let headers = HTTPHeaders(fields.map { (name: $0.0, value: $0.1) })
        #expect(try RequestHead.bodyLength(headers, isHTTP11: true) == length)
    }

    @Test(
        arguments: [
            ([], .hostMissing), ([("Host", "a"), ("Host", "a")], .hostMissing), ([("Host", "a b")], .hostMissing),
            ([("Host", "user@h")], .hostMissing), ([("Host", "h,i")], .hostMissing),
            ([("Host", "h"), ("Content-Length", "1"), ("Content-Length", "1")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "+1")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "0x1")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "1, 1")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "9999999999999999999")], .lengthUnclear),
            ([("Host", "h"), ("Content-Length", "1"), ("Transfer-Encoding", "chunked")], .lengthUnclear),
            ([("Host", "h"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], .lengthUnclear),
            ([("Host", "h"), ("Transfer-Encoding", "gzip, chunked")], .codingUnknown),
            ([("Host", "h"), ("Transfer-Encoding", "xchunked")], .codingUnknown),
            ([("Host", "h"), ("Expect", "more")], .expectationUnknown),
        ] as [([(String, String)], HeadFault)]) func unclearHeads(fields: [(String, String)], fault: HeadFault)
    {
        let headers = HTTPHeaders(fields.map { (name: $0.0, value: $0.1) })
        #expect(throws: fault) { try RequestHead.bodyLength(headers, isHTTP11: true) }
    }

    @Test func chunksNeedHTTP11() {
        let headers = HTTPHeaders([("Transfer-Encoding", "chunked")])
        #expect(throws: HeadFault.lengthUnclear) { try RequestHead.bodyLength(headers, isHTTP11: false) }
        #expect(throws: Never.self) { try RequestHead.bodyLength(HTTPHeaders(), isHTTP11: false) }
    }
}
