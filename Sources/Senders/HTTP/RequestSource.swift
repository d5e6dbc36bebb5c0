import Domain

/// Where a batch's fields come from. One for each batch: what all its messages share is encoded once.
struct RequestSource: Sendable {
    let batch: MessageBatch
    /// What the adapter's credential source gave for this batch.
    var credential: [UInt8] = []
    private let from: [UInt8]
    private let channel: [UInt8]
    private let category: [UInt8]
    /// Follows the message id in the idempotency key, so that two installations never share a key.
    let keySuffix: [UInt8]

    init(_ batch: MessageBatch, keySuffix: [UInt8]) {
        self.batch = batch
        self.keySuffix = keySuffix
        from = Array(batch.from.utf8)
        channel = Array(batch.channel.rawValue.utf8)
        category = Array(batch.category.rawValue.utf8)
    }

    func append(_ field: MessageField, of message: MessageBatch.Message, escaping: ByteEscaping, to out: inout RawBytes)
    {
        switch field {
        case .to: append(message.to, escaping, &out)
        case .subject: append(message.subject, escaping, &out)
        case .text: append(message.text, escaping, &out)
        case .html: append(message.rich, escaping, &out)
        case .data: appendData(message.rich, &out)
        case .from where !message.from.isEmpty: append(message.from, escaping, &out)
        case .from: from.withUnsafeBufferPointer { out.append($0, escaping: escaping) }
        case .channel: out.append(channel)
        case .category: out.append(category)
        case .region: out.append(Array(message.region.code.utf8))
        case .id: out.append(decimal: message.id.rawValue)
        case .attempt: out.append(decimal: Int64(message.attempt))
        case .segments: out.append(decimal: Int64(message.segments))
        case .idempotencyKey:
            out.append(decimal: message.id.rawValue)
            out.append(keySuffix)
        }
    }

    private func append(_ range: FieldRange, _ escaping: ByteEscaping, _ out: inout RawBytes) {
        batch.bytes.withUnsafeBufferPointer { bytes in
            out.append(UnsafeBufferPointer(rebasing: bytes[range.range]), escaping: escaping)
        }
    }

    /// Personalised data that is not JSON must not break out of the body: it becomes null.
    private func appendData(_ range: FieldRange, _ out: inout RawBytes) {
        let isValid = JSON.isValid(batch.bytes.span.extracting(range.range))
        if isValid { append(range, .none, &out) } else { out.append(Array("null".utf8)) }
    }
}
