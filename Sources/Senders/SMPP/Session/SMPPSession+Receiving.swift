/// What the SMSC says.
extension SMPPSession {
    /// Takes bytes in, however they were cut on their way.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        guard state != .closed, state != .idle else { return }
        heardAt = now
        unansweredEnquiries = 0
        input.append(contentsOf: bytes)
        // Taken out, so that it stays the only owner of its memory while events are made of it.
        var buffer: [UInt8] = []
        swap(&buffer, &input)
        let start = consume(buffer.span, now: now)
        guard state != .closed else { return }
        buffer.removeFirst(start)
        input = buffer
    }

    /// Handles what is complete, and says how many bytes that was.
    private mutating func consume(_ span: Span<UInt8>, now: Int64) -> Int {
        var start = 0
        while span.count - start >= SMPPHeader.size, state != .closed {
            let rest = span.extracting(start...)
            let header = SMPPHeader(rest)
            guard header.length >= SMPPHeader.size, header.length <= SMPPHeader.longest else {
                close(.garbage)
                break
            }
            guard rest.count >= header.length else { break }
            handle(header, rest.extracting(..<header.length), now: now)
            start += header.length
        }
        return start
    }

    private mutating func handle(_ header: SMPPHeader, _ pdu: Span<UInt8>, now: Int64) {
        switch header.command {
        case SMPPCommand.submit | SMPPCommand.answer: answered(header, pdu, now: now)
        case SMPPCommand.deliver, SMPPCommand.data:
            guard state != .binding else { return refuse(header, SMPPStatus.invalidBindStatus) }
            var copy: [UInt8] = []
            copy.reserveCapacity(pdu.count)
            for index in 0..<pdu.count { copy.append(pdu[index]) }
            let isData = header.command == SMPPCommand.data
            events.append(.delivery(sequence: header.sequence, isData: isData, pdu: copy))
        case SMPPCommand.enquireLink:
            write(SMPPCommand.enquireLink | SMPPCommand.answer, sequence: header.sequence) { _ in }
        case SMPPCommand.enquireLink | SMPPCommand.answer:
            if header.sequence == enquireSequence { enquireSequence = 0 }
        case SMPPCommand.bindReceiver | SMPPCommand.answer, SMPPCommand.bindTransmitter | SMPPCommand.answer,
            SMPPCommand.bindTransceiver | SMPPCommand.answer:
            bindAnswered(header)
        case SMPPCommand.unbind:
            write(SMPPCommand.unbind | SMPPCommand.answer, sequence: header.sequence) { _ in }
            close(.unboundThere)
        case SMPPCommand.unbind | SMPPCommand.answer:
            if state == .unbinding { close(.unboundHere) }
        case SMPPCommand.genericNack: nacked(header, pdu, now: now)
        // We are bound already or about to be; and nobody asked for alerts.
        case SMPPCommand.outbind, SMPPCommand.alertNotification: break
        default:
            // An answer to what we never ask is as good as garbage; a request may be of a newer version.
            if header.isAnswer { close(.garbage) } else { refuse(header, SMPPStatus.invalidCommandID) }
        }
    }

    private mutating func refuse(_ header: SMPPHeader, _ status: UInt32) {
        write(SMPPCommand.genericNack, status: status, sequence: header.sequence) { _ in }
    }

    private mutating func bindAnswered(_ header: SMPPHeader) {
        guard state == .binding, header.sequence == bindSequence else { return }
        guard header.command == options.bind | SMPPCommand.answer else { return close(.garbage) }
        guard header.status == SMPPStatus.ok else { return close(.refused(header.status)) }
        answerDue = .max
        state = .bound
        events.append(.bound)
    }

    /// A refusal without a proper answer. Some SMSCs throttle that way.
    private mutating func nacked(_ header: SMPPHeader, _ pdu: Span<UInt8>, now: Int64) {
        if state == .binding, header.sequence == bindSequence {
            return close(.refused(header.status == SMPPStatus.ok ? SMPPStatus.invalidCommandID : header.status))
        }
        if header.sequence == enquireSequence {
            // It cannot answer the question, but it is there.
            enquireSequence = 0
            return
        }
        guard header.status == SMPPStatus.ok else { return answered(header, pdu, now: now) }
        guard let submit = window.take(header.sequence) else { return }
        events.append(
            .unanswered(token: submit.token, begun: true, reason: "\(ProviderReason.unclearReply) (smpp: nack)"))
    }

    private mutating func answered(_ header: SMPPHeader, _ pdu: Span<UInt8>, now: Int64) {
        // An answer that comes after its time finds nothing.
        guard let submit = window.take(header.sequence) else { return }
        guard header.status == SMPPStatus.ok else {
            if SMPPStatus(header.status).kind == .throttled { pace.refused(now: now) }
            events.append(.answered(token: submit.token, status: header.status, reference: ""))
            return
        }
        pace.accepted()
        let reference = SMPPReference.text(pdu.extracting(SMPPHeader.size...))
        events.append(.answered(token: submit.token, status: SMPPStatus.ok, reference: reference))
    }
}
