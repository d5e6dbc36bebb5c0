/// Puts what workers finish in any order back in the order of the file, with bounded memory.
///
/// A worker waits in `put` while its item is `window` or more ahead of the next one to be taken; that one is never
/// made to wait, so the queue can't lock up. After `fail` everybody who waits or comes gets the error.
actor OrderedQueue<Item: Sendable> {
    private let window: Int
    private var producers: Int
    private var items: [Int: Item] = [:]
    private var next = 0
    private var failure: (any Error)?
    private var waitingProducers: [CheckedContinuation<Void, Never>] = []
    private var waitingConsumer: CheckedContinuation<Void, Never>?

    init(window: Int, producers: Int) {
        self.window = window
        self.producers = producers
    }

    func put(_ item: Item, number: Int) async throws {
        while failure == nil, number >= next + window {
            await withCheckedContinuation { waitingProducers.append($0) }
        }
        if let failure { throw failure }
        items[number] = item
        if number == next { wakeConsumer() }
    }

    /// The next item in order; nil when all producers are done.
    func take() async throws -> Item? {
        while failure == nil, items[next] == nil, producers > 0 {
            await withCheckedContinuation { waitingConsumer = $0 }
        }
        if let failure { throw failure }
        guard let item = items.removeValue(forKey: next) else { return nil }
        next += 1
        wakeProducers()
        return item
    }

    func producerIsDone() {
        producers -= 1
        if producers == 0 { wakeConsumer() }
    }

    func fail(_ error: any Error) {
        if failure == nil { failure = error }
        wakeConsumer()
        wakeProducers()
    }

    private func wakeConsumer() {
        waitingConsumer?.resume()
        waitingConsumer = nil
    }

    private func wakeProducers() {
        for continuation in waitingProducers { continuation.resume() }
        waitingProducers.removeAll()
    }
}
