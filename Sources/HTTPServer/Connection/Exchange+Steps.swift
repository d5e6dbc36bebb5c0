private import CMicroHTTP

extension Exchange {
    /// The head has arrived. `bodyLength` is nil where the body comes in chunks.
    func begin(_ connection: OpaquePointer, bodyLength: Int?) -> Bool {
        let plan = core.plan(request)
        label = plan.label
        operation = plan.operation
        switch plan.course {
        case .refuse(let response): return refuse(response, bodyLength, on: connection)
        case .handle(let rule, let handler):
            if let bodyLength, bodyLength > rule.limit {
                return reject(BodyFault.tooLarge(limit: rule.limit).response, on: connection)
            }
            if isCollected(rule, bodyLength) {
                request.body.reserveCapacity(bodyLength ?? 0)
                record?.enter(.body)
                stage = .collecting(limit: rule.limit, handler)
                return true
            }
            return hold(handler, BodyPipe(limit: rule.limit), on: connection)
        }
    }

    /// Answers at once and closes the connection behind it, whatever the client still sends.
    func reject(_ response: HTTPResponse, on connection: OpaquePointer) -> Bool {
        isCutShort = true
        return answer(response, closing: true, on: connection)
    }

    private func isCollected(_ rule: BodyRule, _ length: Int?) -> Bool {
        guard let length else {
            // A simple handler knows nothing but bodies that are there.
            if case .collected = rule { return true }
            return false
        }
        switch rule {
        case .none, .collected: return true
        case .whole: return length <= Self.small && request.headers.occurrences(of: "expect") == 0
        case .stream: return length == 0
        }
    }

    private func refuse(_ response: HTTPResponse, _ bodyLength: Int?, on connection: OpaquePointer) -> Bool {
        if let bodyLength, bodyLength <= Self.small, request.headers.occurrences(of: "expect") == 0 {
            stage = .refusing(response)
            record?.enter(.body)
            return true
        }
        return reject(response, on: connection)
    }

    /// Calls the handler before the body has come.
    private func hold(_ handler: HTTPServer.Handler, _ pipe: BodyPipe, on connection: OpaquePointer) -> Bool {
        request.content = RequestBody(.arriving(pipe), headers: request.headers, limit: pipe.limit)
        guard !core.registry.isClosed else { return answer(Self.stopping, closing: true, on: connection) }
        let pending = PendingAnswer()
        stage = .held(pending, pipe)
        record?.enter(.handler)
        switch handler(request) {
        case .now(let response): pending.answer(response)
        case .drop: return false
        case .later(let start): start(pending)
        }
        return proceed(connection)
    }

    /// A piece of the body: how much of it was taken, nil to close the connection.
    func receive(_ piece: UnsafeBufferPointer<UInt8>, on connection: OpaquePointer) -> Int? {
        switch stage {
        case .collecting(let limit, _):
            guard request.body.count + piece.count <= limit else {
                return cut(BodyFault.tooLarge(limit: limit).response, on: connection)
            }
            request.body.append(contentsOf: piece)
            return piece.count
        case .refusing(let response):
            return passOver(piece.count, then: response, on: connection)
        case .arriving(let pending, let pipe):
            // The library offers the next chunk even to a connection that was just put to sleep.
            if herald_mhd_is_suspended(connection) != 0 { return 0 }
            if let outcome = pending.outcome {
                guard case .response(let response) = outcome else { return nil }
                return pipe.isFaulty
                    ? cut(response, on: connection) : passOver(piece.count, then: response, on: connection)
            }
            if core.registry.isClosed { return cut(Self.stopping, on: connection) }
            switch pipe.push(piece) {
            case .some:
                record?.enter(.body)
                return piece.count
            case .none:
                sleep(on: connection) {
                    pipe.wakeWhenRoom($0)
                    pending.wakeWhenAnswered($0)
                }
                return piece.count
            case .fault:
                // What the handler makes of it is the answer. The piece is offered again then.
                sleep(on: connection) { pending.wakeWhenAnswered($0) }
                return 0
            }
        case .begun, .held, .handling, .answered:
            return nil
        }
    }

    /// The request is whole, or its connection was woken.
    func proceed(_ connection: OpaquePointer) -> Bool {
        switch stage {
        case .collecting(let limit, let handler):
            guard !core.registry.isClosed else { return answer(Self.stopping, closing: true, on: connection) }
            record?.enter(.handler)
            request.content = RequestBody(.whole(request.body), headers: request.headers, limit: limit)
            switch handler(request) {
            case .now(let response): return answer(response, closing: false, on: connection)
            case .drop: return false
            case .later(let start):
                let pending = PendingAnswer()
                stage = .handling(pending)
                start(pending)
                return proceed(connection)
            }
        case .held(let pending, let pipe):
            if let outcome = pending.outcome {
                isCutShort = true
                return settle(outcome, closing: true, on: connection)
            }
            if pipe.isWanted {
                record?.enter(.body)
                stage = .arriving(pending, pipe)
                return true
            }
            guard !core.registry.isClosed else {
                isCutShort = true
                return answer(Self.stopping, closing: true, on: connection)
            }
            sleep(on: connection) {
                pipe.wakeWhenRoom($0)
                pending.wakeWhenAnswered($0)
            }
            return true
        case .arriving(let pending, let pipe):
            pipe.end()
            record?.enter(.handler)
            stage = .handling(pending)
            return proceed(connection)
        case .handling(let pending):
            if let outcome = pending.outcome { return settle(outcome, closing: false, on: connection) }
            guard !core.registry.isClosed else { return answer(Self.stopping, closing: true, on: connection) }
            sleep(on: connection) { pending.wakeWhenAnswered($0) }
            return true
        case .refusing(let response):
            return answer(response, closing: false, on: connection)
        case .begun, .answered:
            return true
        }
    }

    private func settle(_ outcome: PendingAnswer.Outcome, closing: Bool, on connection: OpaquePointer) -> Bool {
        switch outcome {
        case .response(let response): return answer(response, closing: closing, on: connection)
        case .drop: return false
        }
    }

    /// Puts the connection to sleep. What is to wake it is told only then, so that no wake-up comes too early.
    private func sleep(on connection: OpaquePointer, _ register: (Suspension) -> Void) {
        record?.enter(.handler)
        let suspension = Suspension(connection: connection, context: context)
        MHD_suspend_connection(connection)
        if core.registry.insert(suspension) { register(suspension) } else { suspension.resume() }
    }

    /// Some of a body that nobody wants is taken all the same, in the hope that it ends soon.
    private func passOver(_ count: Int, then response: HTTPResponse, on connection: OpaquePointer) -> Int? {
        passedOver += count
        record?.enter(.body)
        return passedOver > Self.small * 4 ? cut(response, on: connection) : count
    }

    /// Answers in the middle of an upload.
    func cut(_ response: HTTPResponse, on connection: OpaquePointer) -> Int? {
        isCutShort = true
        stage = .answered
        status = response.status
        caller = response.caller
        tenant = response.tenant
        RawAnswer.send(decorated(response, closing: false), on: connection)
        return nil
    }

    static let stopping = HTTPResponse.problem(503, "The server is stopping.", "Send the request again.")
}
