private import CCurl
import Domain

/// What a provider answered. Lives as long as the call that reads it.
struct HTTPReply: ~Copyable {
    let status: Int
    let retryAfter: Duration?
    /// The body was longer than it may be, and is not looked at.
    let isCut: Bool
    private let bytes: UnsafeBufferPointer<UInt8>
    private let handle: UnsafeMutableRawPointer?

    init(
        status: Int, retryAfter: Duration?, isCut: Bool, bytes: UnsafeBufferPointer<UInt8>,
        handle: UnsafeMutableRawPointer?
    ) {
        self.status = status
        self.retryAfter = retryAfter
        self.isCut = isCut
        self.bytes = bytes
        self.handle = handle
    }

    /// The body, empty where it was cut.
    func withBody<R>(_ use: (Span<UInt8>) -> R) -> R {
        use(isCut ? Span() : bytes.span)
    }

    /// What there is of the body, for the log.
    func withWhatCame<R>(_ use: (Span<UInt8>) -> R) -> R { use(bytes.span) }

    var body: [UInt8] { isCut ? [] : Array(bytes) }

    /// The body as JSON; nil where it is none.
    var json: JSON? { isCut ? nil : try? JSON.parse(body) }

    /// The value of a header, without regard to case.
    func header(_ name: String) -> String? {
        guard let handle else { return nil }
        var header: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK, let header else {
            return nil
        }
        return String(cString: header.pointee.value)
    }
}
