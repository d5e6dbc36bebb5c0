import Domain

/// How many messages one request of an email vendor carries: not the same person twice (vendors refuse that, or merge
/// the two), not more bytes than the vendor takes, and only messages of the same parts.
struct BatchExtent: Sendable {
    let most: Int
    let bytes: Int
    /// Vendors that refuse a whole request for one bad message, without saying for which, see ever smaller requests of
    /// what was refused: a bad one is soon alone. The message's number of tries is all that this needs to remember.
    var shrinks = false
    /// Each message carries the batch's attachments; otherwise a request carries them once.
    var repeatsFiles = false

    func count(from first: Int, of source: RequestSource, where fits: (MessageBatch.Message) -> Bool = { _ in true })
        -> Int
    {
        let messages = source.batch.messages
        let one = messages[first]
        let limit = shrinks ? max(most >> (3 * (Int(max(one.attempt, 1)) - 1).clamped(to: 0...8)), 1) : most
        var people: Set<[UInt8]> = []
        let files = MailFile.size(of: source.batch)
        var size = repeatsFiles ? 0 : files
        var count = 0
        while count < limit, first + count < messages.count {
            let message = messages[first + count]
            size += message.subject.count + message.text.count + message.rich.count + 256 + (repeatsFiles ? files : 0)
            guard size <= bytes, message.attempt == one.attempt, message.text.isEmpty == one.text.isEmpty,
                message.rich.isEmpty == one.rich.isEmpty, fits(message)
            else { break }
            let person = source.bytes(message.to).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
            guard people.insert(person).inserted else { break }
            count += 1
        }
        return max(count, 1)
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
