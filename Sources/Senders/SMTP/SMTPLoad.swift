import Domain

/// A message that was taken up: it has a place in its batch, and its call is under way.
struct SMTPLoad {
    let job: SMTPJob
    let place: Int
    let startedAt = Timestamp.now
    private let started = ContinuousClock.now
    /// How often it went back to wait because a connection that it was put on came to its end.
    var returns = 0

    init(job: SMTPJob, place: Int) {
        self.job = job
        self.place = place
    }

    var age: Duration { started.duration(to: .now) }
    var message: MessageBatch.Message { job.source.batch.messages[place] }
}
