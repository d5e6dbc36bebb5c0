private import CMicroHTTP
private import Glibc
private import Synchronization

/// One request on its way through the server library: read, handed to the handler, answered. Lives in
/// the library's per-request pointer and is touched only by the thread that polls its connection.
/// Its steps say false where the connection must be closed.
///
/// reading -> handling -> answered, where the body is collected first;
/// held -> arriving -> handling -> answered, where the handler has the head and reads the body itself;
/// refusing -> answered, where a small body is passed over so that the connection can be kept.
final class Exchange {
    enum Stage {
        case begun
        case collecting(limit: Int, HTTPServer.Handler)
        /// The handler has neither asked for the body nor answered.
        case held(PendingAnswer, BodyPipe)
        case arriving(PendingAnswer, BodyPipe)
        case refusing(HTTPResponse)
        case handling(PendingAnswer)
        case answered
    }

    /// Bodies up to here are collected before the handler is called, and passed over where they aren't wanted: less
    /// trouble than a new connection.
    static let small = 64 << 10

    var stage = Stage.begun
    var request: HTTPRequest
    let context: DaemonContext
    let record: ConnectionRecord?
    /// Good as long as this is.
    let connection: OpaquePointer
    /// What was passed over of a body that isn't wanted any more.
    var passedOver = 0
    /// The client may still be sending when the connection is closed.
    var isCutShort = false
    var label = "-"
    var operation = "-"
    var status = 0
    var caller: String?
    var tenant: String?
    /// It is an event stream that is counted as open.
    var isEventStream = false
    var answerBytes = 0
    var stream: StreamedBody?
    let startedAt = MonotonicTime.microseconds()
    var core: ServerCore { context.core }

    init(request: HTTPRequest, context: DaemonContext, connection: OpaquePointer, record: ConnectionRecord?) {
        self.request = request
        self.context = context
        self.record = record
        self.connection = connection
        record?.exchange = self
    }

    /// The library is done with the request, answered or not.
    func finish(_ connection: OpaquePointer) {
        switch stage {
        case .held(_, let pipe), .arriving(_, let pipe): pipe.fail(.interrupted)
        default: break
        }
        if isCutShort { context.lingering.keep(herald_mhd_socket(connection), now: MonotonicTime.milliseconds()) }
        record?.exchange = nil
        record?.enter(.head)
        stream?.ended()
        if isEventStream { core.eventStreams.subtract(1, ordering: .relaxed) }
        if let log = core.options.log { log(accessRecord()) }
    }

    /// Time passes: a heartbeat is due, or the answer of a handler that did not read its body to the end.
    func tick(now: Int64) {
        stream?.tick(now: now, isDraining: core.isDraining)
        guard case .arriving(let pending, _) = stage, herald_mhd_is_suspended(connection) == 0,
            case .response(let response) = pending.outcome
        else { return }
        _ = cut(response, on: connection)
        // The library sees an end and closes.
        shutdown(herald_mhd_socket(connection), Int32(SHUT_RD))
    }

    private func accessRecord() -> AccessRecord {
        let microseconds = MonotonicTime.microseconds() - startedAt
        return AccessRecord(
            time: UTCTime.now() - microseconds / 1000, method: request.method.utf8.count > 16 ? "-" : request.method,
            route: label, operation: operation, status: status, bytes: answerBytes + (stream?.sent ?? 0),
            microseconds: microseconds, isEndless: isEventStream || status == 101, requestID: request.id,
            traceID: request.trace.traceID, caller: caller, tenant: tenant, client: request.client)
    }
}
