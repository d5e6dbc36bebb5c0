/// One SMPP 3.4 session as a client, without its socket: bytes that arrived go in, bytes to write and events come out,
/// and the clock (milliseconds of any monotonic clock) is handed in.
///
/// States: `idle` (before the connection stands) -> `binding` -> `bound` -> `unbinding` -> `closed`; every state ends
/// in `closed` on a broken connection, garbage or silence, and a closed session stays so: its owner makes a new one.
///
/// Each submit that was taken is answered by exactly one event, `answered` or `unanswered`, at the latest together
/// with `closed`. A submit of which no byte was written is never called begun.
struct SMPPSession {
    enum State: Hashable { case idle, binding, bound, unbinding, closed }

    struct Options: Hashable {
        /// One of the three bind commands.
        var bind = SMPPCommand.bindTransceiver
        var systemID = ""
        var password = ""
        var systemType = ""
        var addressRange = ""
        /// Submits that may wait for their answers.
        var window = 100
        /// In milliseconds, as all that follow.
        var responseTimeout: Int64 = 10_000
        /// Silence after which the SMSC is asked whether it is there.
        var enquireInterval: Int64 = 30_000
        var enquireTimeout: Int64 = 5_000
        /// Questions without an answer until the session is given up.
        var enquireLimit = 2
    }

    let options: Options
    var state = State.idle
    var events: [SMPPEvent] = []
    var window: SMPPWindow
    var pace: SMPPPace
    /// What is to be written, from `written` on.
    var output: [UInt8] = []
    var written = 0
    /// Bytes of the stream before `output`.
    var base: UInt64 = 0
    var input: [UInt8] = []
    /// Of a bind or an unbind.
    var answerDue = Int64.max
    var bindSequence: UInt32 = 0
    var heardAt: Int64 = 0
    var enquireSequence: UInt32 = 0
    var enquiredAt: Int64 = 0
    var unansweredEnquiries = 0
    private var lastSequence: UInt32

    /// The sequence number can be chosen for tests.
    init(_ options: Options, lastSequence: UInt32 = 0) {
        self.options = options
        self.lastSequence = lastSequence
        window = SMPPWindow(size: options.window)
        pace = SMPPPace(window: options.window)
    }

    var hasOutput: Bool { written < output.count }
    var isBound: Bool { state == .bound }

    /// Whether it is bound and may send at all.
    var isSender: Bool { state == .bound && options.bind != SMPPCommand.bindReceiver }

    /// Whether a submit would be taken now. Nothing is queued behind bytes that could not be written yet, so that a
    /// message which waits for a slow SMSC is still free to go elsewhere.
    func hasRoom(now: Int64) -> Bool {
        isSender && window.count < pace.limit && now >= pace.heldUntil && written == 0 && output.count < 32 << 10
    }

    /// The connection stands.
    mutating func open(now: Int64) {
        guard state == .idle else { return }
        state = .binding
        heardAt = now
        answerDue = now + options.responseTimeout
        bindSequence = nextSequence()
        let options = options
        write(options.bind, sequence: bindSequence) { out in
            out.append(cString: options.systemID)
            out.append(cString: options.password)
            out.append(cString: options.systemType)
            out.append(contentsOf: [0x34, 0, 0])
            out.append(cString: options.addressRange)
        }
    }

    /// Queues a submit_sm whose body the closure writes. Only where there is room.
    mutating func submit(token: Int, now: Int64, _ body: (inout [UInt8]) -> Void) {
        let sequence = nextSequence()
        window.put(
            .init(
                token: token, sequence: sequence, position: base + UInt64(output.count),
                due: now + options.responseTimeout))
        write(SMPPCommand.submit, sequence: sequence, body)
    }

    /// Answers a delivery: stored, or to be sent again later.
    mutating func acknowledge(sequence: UInt32, isData: Bool, stored: Bool) {
        guard state == .bound || state == .unbinding else { return }
        let command = (isData ? SMPPCommand.data : SMPPCommand.deliver) | SMPPCommand.answer
        let status = stored ? SMPPStatus.ok : SMPPStatus.receiverTemporaryError
        write(command, status: status, sequence: sequence) { $0.append(0) }
    }

    /// Says goodbye. What waits for an answer may still get it.
    mutating func unbind(now: Int64) {
        switch state {
        case .bound:
            state = .unbinding
            answerDue = now + min(options.responseTimeout, 1_000)
            write(SMPPCommand.unbind, sequence: nextSequence()) { _ in }
        case .idle, .binding: close(.unboundHere)
        case .unbinding, .closed: break
        }
    }

    /// The connection broke.
    mutating func lost(_ how: String) { close(state == .unbinding ? .unboundHere : .broken(how)) }

    /// So many bytes of what was to be written have been.
    mutating func wrote(_ count: Int) {
        written += count
        guard written == output.count else { return }
        base += UInt64(written)
        written = 0
        output.removeAll(keepingCapacity: true)
    }

    /// What happened since the last call.
    mutating func takeEvents() -> [SMPPEvent] {
        guard !events.isEmpty else { return [] }
        defer { events = [] }
        return events
    }

    /// Ends the session: everything that waits is unanswered.
    mutating func close(_ why: SMPPClosing) {
        guard state != .closed else { return }
        state = .closed
        for submit in window.waiting {
            _ = window.take(submit.sequence)
            events.append(.unanswered(token: submit.token, begun: isBegun(submit), reason: why.reason))
        }
        events.append(.closed(why))
    }

    func isBegun(_ submit: SMPPWindow.Submit) -> Bool { submit.position < base + UInt64(written) }

    /// Numbers go from 1 to 0x7FFFFFFF and round again, past those that still wait.
    mutating func nextSequence() -> UInt32 {
        repeat {
            lastSequence = lastSequence >= 0x7FFF_FFFF ? 1 : lastSequence + 1
        } while !window.isFree(lastSequence)
        return lastSequence
    }

    mutating func write(_ command: UInt32, status: UInt32 = 0, sequence: UInt32, _ body: (inout [UInt8]) -> Void) {
        let start = output.count
        output.append(word: 0)
        output.append(word: command)
        output.append(word: status)
        output.append(word: sequence)
        body(&output)
        let length = UInt32(output.count - start)
        for place in 0..<4 { output[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place)) }
    }
}
