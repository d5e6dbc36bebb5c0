private import CCurl
private import Glibc

/// The inside of a curl loop: one multi handle driven by socket events, the transfers that run on it and
/// the batches that wait for a place. Lives and dies on the loop's thread.
///
/// Driven by `curl_multi_socket_action` and not `curl_multi_perform`, which looks at every transfer
/// whenever one has news. Time-outs are our own: a scan over the running transfers every 20 ms costs
/// nothing, libcurl's timers cost each request several changes of a tree.
final class CurlReactor {
    private let multi: UnsafeMutableRawPointer
    private let epoll: EpollSet
    private let inbox: LoopInbox<CurlLoop.Command>
    private let limits: CurlLoop.Limits
    private var jobs: [HTTPJob] = []
    private var running: [CurlTransfer] = []
    private var lanes: [ObjectIdentifier: CurlLane] = [:]
    /// By host and port. Never removed: there are no more than were ever configured.
    private var hosts: [String: CurlHost] = [:]
    /// When libcurl wants to be called without a socket's reason; nil for never.
    private var timerDue: Int64?
    private var scanDue: Int64 = 0
    private var now: Int64 = 0
    private var turn = 0

    private static let scanInterval: Int64 = 20

    init?(inbox: LoopInbox<CurlLoop.Command>, limits: CurlLoop.Limits) {
        guard let epoll = EpollSet(inbox: inbox.descriptor), let multi = curl_multi_init() else { return nil }
        self.multi = multi
        self.epoll = epoll
        self.inbox = inbox
        self.limits = limits
        let context = Unmanaged.passUnretained(self).toOpaque()
        herald_multi_on_socket(
            multi,
            { _, socket, what, context, _ in
                guard let context else { return 0 }
                let reactor = Unmanaged<CurlReactor>.fromOpaque(context).takeUnretainedValue()
                switch what {
                case CURL_POLL_IN: reactor.epoll.watch(socket, reading: true, writing: false)
                case CURL_POLL_OUT: reactor.epoll.watch(socket, reading: false, writing: true)
                case CURL_POLL_INOUT: reactor.epoll.watch(socket, reading: true, writing: true)
                default: reactor.epoll.unwatch(socket)
                }
                return 0
            }, context)
        herald_multi_on_timer(
            multi,
            { _, milliseconds, context in
                guard let context else { return 0 }
                let reactor = Unmanaged<CurlReactor>.fromOpaque(context).takeUnretainedValue()
                reactor.timerDue = milliseconds < 0 ? nil : reactor.now + Int64(milliseconds)
                return 0
            }, context)
        // No CURLMOPT_MAX_HOST_CONNECTIONS: the hosts' places are that limit, and libcurl never has to make a request wait.
        herald_multi_long(multi, CURLMOPT_MAXCONNECTS, limits.inFlight)
        herald_multi_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        // As many streams on a connection as its server allows, of which libcurl's own limit would be 100.
        herald_multi_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, limits.inFlight)
    }

    deinit {
        lanes = [:]
        curl_multi_cleanup(multi)
    }

    /// Until the inbox is closed.
    func run() {
        while true {
            now = Self.milliseconds()
            guard takeCommands() else { break }
            // Before the starting: where all time out at once, nothing else would wake this loop for those that wait.
            if now >= scanDue { endOverdue() }
            startTransfers()
            if let due = timerDue, due <= now {
                timerDue = nil
                act(on: CURL_SOCKET_BAD, 0)
            }
            let mayStartMore = harvest()
            let wait = mayStartMore ? 0 : untilNextTimer()
            epoll.wait(milliseconds: wait) { socket, events in act(on: socket, events) }
            _ = harvest()
        }
        stop()
    }

    private func act(on socket: Int32, _ events: Int32) {
        var stillRunning: Int32 = 0
        curl_multi_socket_action(multi, socket, events, &stillRunning)
    }

    /// False once the inbox is closed.
    private func takeCommands() -> Bool {
        let (commands, isClosed) = inbox.take()
        for command in commands {
            switch command {
            case .send(let job):
                job.lane = lane(job.endpoint)
                jobs.append(job)
            case .forget(let endpoint): lanes[ObjectIdentifier(endpoint)] = nil
            }
        }
        return !isClosed
    }

    private func lane(_ endpoint: HTTPEndpoint) -> CurlLane {
        if let lane = lanes[ObjectIdentifier(endpoint)] { return lane }
        let host = hosts[endpoint.transport.host] ?? CurlHost(places: limits.connectionsPerHost)
        hosts[endpoint.transport.host] = host
        let lane = CurlLane(endpoint: endpoint, host: host)
        lanes[ObjectIdentifier(endpoint)] = lane
        return lane
    }

    /// One message of each job in turn, so that a large batch does not hold up a small one.
    private func startTransfers() {
        var idleRounds = 0
        while running.count < limits.inFlight, !jobs.isEmpty, idleRounds < jobs.count {
            turn = (turn + 1) % jobs.count
            let job = jobs[turn]
            if job.canStart, let lane = job.lane, lane.hasPlace(now: now) {
                start(job, lane)
                idleRounds = 0
            } else {
                idleRounds += 1
            }
            if job.isFinished { finish(job) }
        }
    }

    private func start(_ job: HTTPJob, _ lane: CurlLane) {
        let leave = job.witness.leave()
        guard leave == .granted else { return job.abandon(reason: leave.reason) }
        guard let transfer = lane.take(epoll: epoll, now: now) else { return job.abandon(reason: "out of memory") }
        job.witness.began()
        transfer.load(job, job.start(), now: now)
        transfer.slot = running.count
        running.append(transfer)
        curl_multi_add_handle(multi, transfer.handle)
    }

    /// Collects what libcurl has finished and says whether there was anything.
    private func harvest() -> Bool {
        var found = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let context = herald_info_private(easy)
            else { continue }
            let result = herald_message_result(message)
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
            end(transfer, transfer.verdict(result.rawValue))
            found = true
        }
        return found
    }

    private func end(_ transfer: CurlTransfer, _ verdict: CurlTransfer.Verdict) {
        curl_multi_remove_handle(multi, transfer.handle)
        let last = running.removeLast()
        if last !== transfer {
            running[transfer.slot] = last
            last.slot = transfer.slot
        }
        guard let job = transfer.job else { return }
        let places = transfer.places
        job.finish(places, verdict.outcomes)
        job.witness.ended(transfer.call(verdict))
        transfer.unload()
        job.lane?.giveBack(transfer)
        if job.isFinished { finish(job) }
    }

    private func finish(_ job: HTTPJob) {
        jobs.removeAll { $0 === job }
        job.resume()
    }

    private func endOverdue() {
        scanDue = now + Self.scanInterval
        var index = running.count
        while index > 0 {
            index -= 1
            let transfer = running[index]
            let config = transfer.endpoint.transport
            let age = now - transfer.startedAt
            if age >= config.totalTimeout.milliseconds {
                end(transfer, transfer.failure("no answer in time"))
            } else if age >= config.connectTimeout.milliseconds, !transfer.hasBegun {
                end(transfer, transfer.failure("no connection in time"))
            } else if age >= config.firstByteTimeout.milliseconds, !transfer.hasAnswer {
                end(transfer, transfer.failure("no answer in time"))
            }
        }
    }

    private func untilNextTimer() -> Int32 {
        let time = Self.milliseconds()
        var due = running.isEmpty ? Int64.max : scanDue
        if let timerDue { due = min(due, timerDue) }
        return due == .max ? -1 : Int32(clamping: max(due - time, 0))
    }

    private func stop() {
        while let transfer = running.last {
            transfer.job?.abandon(reason: ProviderReason.senderStopped)
            end(transfer, transfer.failure(ProviderReason.senderStopped))
        }
        for job in jobs {
            job.abandon(reason: ProviderReason.senderStopped)
            finish(job)
        }
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
