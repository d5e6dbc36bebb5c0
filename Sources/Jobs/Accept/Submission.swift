import Domain
import Storage

/// One request's messages, checked and ready to be taken in: all of them or none.
package struct Submission: Sendable {
    package struct Message: Sendable {
        package var stream: MessageStream
        /// In its normal form.
        package var address: [UInt8]
        package var region: Region
        package var hash: RecipientHash
        package var cells: StreamContent.Cells
        /// Nil: at once.
        package var dueAt: Timestamp?
        package var expiry: Expiry
        package var dedupe: Dedupe?
        package var note: Note?
        /// The line in which it stands: it starts after those before it.
        package var line: [UInt8]?

        package init(
            stream: MessageStream, address: [UInt8], region: Region, hash: RecipientHash, cells: StreamContent.Cells,
            dueAt: Timestamp? = nil, expiry: Expiry, dedupe: Dedupe? = nil, note: Note? = nil
        ) {
            self.stream = stream
            self.address = address
            self.region = region
            self.hash = hash
            self.cells = cells
            self.dueAt = dueAt
            self.expiry = expiry
            self.dedupe = dedupe
            self.note = note
        }
    }

    package enum Expiry: Sendable, Hashable {
        /// So long after it is due.
        case after(Duration)
        case at(Timestamp)
    }

    package struct Dedupe: Sendable, Hashable {
        package var key: [UInt8]
        package var window: Duration

        package init(key: [UInt8], window: Duration) {
            self.key = key
            self.window = window
        }
    }

    package struct Note: Sendable, Hashable {
        package var reference: String
        package var sealed: [UInt8]

        package init(reference: String, sealed: [UInt8]) {
            self.reference = reference
            self.sealed = sealed
        }
    }

    /// What became of a message.
    package enum Verdict: Sendable, Hashable {
        case accepted(MessageID)
        /// The same was sent within its time; nothing is sent now.
        case repeated(MessageID)
    }

    package var tenant: Int64
    package var source: Int64?
    package var key: IdempotencyKey?
    package var messages: [Message]
    /// The trace that its sender keeps.
    package var trace: TraceParent?
    /// What the sender of the request is told, and told again under the same key.
    package var answer: @Sendable ([Verdict]) -> StoredAnswer

    package init(
        tenant: Int64, source: Int64?, key: IdempotencyKey?, messages: [Message],
        trace: TraceParent? = nil, answer: @escaping @Sendable ([Verdict]) -> StoredAnswer
    ) {
        self.tenant = tenant
        self.source = source
        self.key = key
        self.messages = messages
        self.trace = trace
        self.answer = answer
    }
}

/// What came of a submission.
package enum Acceptance: Sendable, Hashable {
    /// Committed.
    case accepted(StoredAnswer)
    /// The same request was answered before: this is what it was told. Nothing was taken in now.
    case answeredBefore(StoredAnswer)
    /// The key was used for a request with another body.
    case keyHasOtherBody
    /// The same request is being worked on.
    case keyIsBusy
}
