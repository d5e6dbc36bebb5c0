private import CCurl
import Domain
private import Glibc

/// One libcurl easy handle with the buffers it points into, made for one endpoint and used again for
/// request after request. Only its loop's thread touches it.
final class CurlTransfer {
    /// How far the request has come, as far as sending it twice matters.
    private enum Progress {
        /// No connection yet: no byte can have left.
        case connecting
        /// libcurl began to write.
        case begun
        /// The caller may no longer send, found out just before writing.
        case forbidden
        /// libcurl wanted to write the request again on another connection, and was not let.
        case repeated
    }

    let endpoint: HTTPEndpoint
    let handle: UnsafeMutableRawPointer
    private(set) var job: HTTPJob?
    private(set) var places = 0..<0
    /// Where it stands in the reactor's list of running transfers.
    var slot = 0
    var startedAt: Int64 = 0

    private var progress = Progress.connecting
    private var isTooLong = false
    /// The host has a private address and may not be talked to.
    private var isClosedOff = false
    private let epoll: EpollSet
    private var leave = CallLeave.granted
    private var began: ContinuousClock.Instant = .now
    private var request = HTTPRequest()
    private var reply = RawBytes(capacity: 512)

    /// Nil where libcurl has no memory.
    init?(endpoint: HTTPEndpoint, epoll: EpollSet, connections: UnsafeMutableRawPointer?) {
        guard let handle = curl_easy_init() else { return nil }
        self.endpoint = endpoint
        self.epoll = epoll
        self.handle = handle
        setOptions(epoll)
        if let connections { herald_easy_pointer(handle, CURLOPT_SHARE, connections) }
    }

    deinit { curl_easy_cleanup(handle) }

    var hasBegun: Bool { progress == .begun }
    var hasAnswer: Bool { herald_info_size(handle, CURLINFO_STARTTRANSFER_TIME_T) > 0 }

    /// Fills the request for some messages. The transfer is then ready for the multi handle.
    func load(_ job: HTTPJob, _ places: Range<Int>, now: Int64) {
        self.job = job
        self.places = places
        startedAt = now
        began = .now
        progress = .connecting
        isTooLong = false
        isClosedOff = false
        reply.clear()
        request.clear()
        endpoint.adapter.write(&request, for: places, of: job.source)
        if let trace = job.source.batch.trace { request.header("traceparent", Array(trace.header.utf8)) }
        request.url.append(0)
        herald_easy_pointer(handle, CURLOPT_URL, request.url.base)
        herald_easy_pointer(handle, CURLOPT_HTTPHEADER, request.finishHeaders())
        if endpoint.transport.hasBody {
            herald_easy_pointer(handle, CURLOPT_POSTFIELDS, request.body.base)
            herald_easy_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        }
    }

    /// Lets go of the message, so that its batch's memory is free for the next.
    func unload() { job = nil }

    /// What a request led to.
    struct Verdict {
        var outcomes: [Outcome]
        /// HTTP's status; 0 where no reply came.
        var status = 0
    }

    /// What libcurl's result code means for the messages.
    func verdict(_ code: UInt32) -> Verdict {
        let result = CURLcode(rawValue: code)
        let hasReply = result == CURLE_OK || result == CURLE_WRITE_ERROR && isTooLong
        guard hasReply, let job else { return failure(String(cString: curl_easy_strerror(result))) }
        let status = herald_info_long(handle, CURLINFO_RESPONSE_CODE)
        var retryAfter: Duration?
        if status >= 300 {
            let seconds = herald_info_size(handle, CURLINFO_RETRY_AFTER)
            if seconds > 0 { retryAfter = .seconds(min(seconds, 86_400)) }
        }
        let answer = HTTPReply(
            status: status, retryAfter: retryAfter, isCut: isTooLong,
            bytes: UnsafeBufferPointer(start: reply.base, count: reply.count), handle: handle)
        if let credentials = endpoint.adapter.credentials, endpoint.adapter.refusesCredentials(answer) {
            credentials.invalidate(job.source.credential)
        }
        return Verdict(outcomes: endpoint.adapter.read(answer, for: places, of: job.source), status: status)
    }

    /// The request ended without a reply: may it have been taken?
    func failure(_ reason: String) -> Verdict {
        let outcome: Outcome =
            switch progress {
            case .connecting: Outcome.notSent(reason: isClosedOff ? ProviderReason.privateAddress : reason)
            case .forbidden: Outcome.notSent(reason: leave.reason)
            case .begun: Outcome.inDoubt(reason: reason)
            case .repeated: Outcome.inDoubt(reason: "the connection broke before the answer")
            }
        return Verdict(outcomes: Array(repeating: outcome, count: places.count))
    }

    /// The call as its witness hears of it.
    func call(_ verdict: Verdict) -> ProviderCall {
        let kind = verdict.outcomes.lazy.map(\.kind).max() ?? .inDoubt
        let duration = began.duration(to: .now)
        return ProviderCall(
            places: places, startedAt: Timestamp.now - duration, duration: duration, status: Int32(verdict.status),
            kind: kind, reply: kind == .sent ? [] : reply.withSpan { ReplyExcerpt.of($0) })
    }

    /// libcurl is about to write the request. It comes here a second time where a reused connection broke
    /// before the answer: it would send the message again without asking, which only the owner of the
    /// message may do. Where nothing of the first try was written, the second is the first.
    private func mayBegin() -> Bool {
        if progress == .begun && herald_info_long(handle, CURLINFO_REQUEST_SIZE) > 0 {
            progress = .repeated
            return false
        }
        leave = job?.witness.leave() ?? .leaseOver
        guard leave == .granted else {
            progress = .forbidden
            return false
        }
        progress = .begun
        return true
    }

    private func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard reply.count + bytes.count <= endpoint.transport.maxReply else {
            isTooLong = true
            return false
        }
        reply.append(bytes)
        return true
    }

    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let transport = endpoint.transport
        let isOpen = withUnsafePointer(to: &address.pointee.addr) {
            SocketAddress($0, address.pointee.addrlen).isOpen(to: transport)
        }
        guard isOpen else {
            isClosedOff = true
            return CURL_SOCKET_BAD
        }
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.pointee.family, type, address.pointee.protocol)
        if descriptor >= 0 { epoll.opened(descriptor) }
        return descriptor
    }

    private func setOptions(_ epoll: EpollSet) {
        let config = endpoint.transport
        let context = Unmanaged.passUnretained(self).toOpaque()
        herald_easy_pointer(handle, CURLOPT_PRIVATE, context)
        herald_easy_long(handle, CURLOPT_NOSIGNAL, 1)
        herald_easy_pointer(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        herald_easy_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        // An environment variable must not send our traffic through somebody else's proxy.
        herald_easy_pointer(handle, CURLOPT_PROXY, "")
        herald_easy_pointer(handle, CURLOPT_USERAGENT, "Herald")
        herald_easy_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        herald_easy_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        herald_easy_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile = config.caFile { herald_easy_pointer(handle, CURLOPT_CAINFO, caFile) }
        let version = config.version == .two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        herald_easy_long(handle, CURLOPT_HTTP_VERSION, version)
        // A burst waits for the first connection to stand and shares it, instead of opening one for each request.
        if config.version == .two { herald_easy_long(handle, CURLOPT_PIPEWAIT, 1) }
        herald_easy_long(handle, CURLOPT_TCP_NODELAY, 1)
        if config.hasBody {
            herald_easy_long(handle, CURLOPT_POST, 1)
        } else {
            herald_easy_long(handle, CURLOPT_HTTPGET, 1)
        }
        let usual = config.hasBody ? "POST" : "GET"
        if config.method != usual { herald_easy_pointer(handle, CURLOPT_CUSTOMREQUEST, config.method) }
        herald_easy_on_write(
            handle,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return transfer.receive(piece.assumingMemoryBound(to: UInt8.self)) ? size * count : 0
            }, context)
        herald_easy_on_request(
            handle,
            { context, _, _, _, _ in
                guard let context else { return CURL_PREREQFUNC_ABORT }
                let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }, context)
        herald_easy_on_open(
            handle,
            { context, _, address in
                guard let context, let address else { return CURL_SOCKET_BAD }
                return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().openSocket(address)
            }, context)
        // A connection outlives the transfer that it was opened for.
        let sockets = Unmanaged.passUnretained(epoll).toOpaque()
        herald_easy_on_close(
            handle,
            { context, descriptor in
                if let context { Unmanaged<EpollSet>.fromOpaque(context).takeUnretainedValue().closing(descriptor) }
                return close(descriptor)
            }, sockets)
    }
}
