import Domain

/// One call to a provider, for its health and for the log: when, how long, what it answered.
package struct ProviderCall: Sendable, Hashable {
    /// The batch's messages that it carried.
    package var places: Range<Int>
    /// By the wall clock, for people; the duration is from the monotonic one.
    package var startedAt: Timestamp
    package var duration: Duration
    /// HTTP status, SMTP reply code or SMPP command status; 0 where no answer came.
    package var status: Int32
    /// The worst that it led to for one of its messages.
    package var kind: Outcome.Kind
    /// What the provider said, where that was no plain success: short, and without personal data.
    package var reply: [UInt8]

    package init(
        places: Range<Int>, startedAt: Timestamp, duration: Duration, status: Int32, kind: Outcome.Kind,
        reply: [UInt8] = []
    ) {
        self.places = places
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.kind = kind
        self.reply = reply
    }
}
