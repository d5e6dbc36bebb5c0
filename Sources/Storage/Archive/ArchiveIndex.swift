import Domain

/// What is known of a block without reading it.
struct ArchiveIndexEntry: Sendable, Hashable {
    var offset: UInt64 = 0
    var packedBytes: UInt32 = 0
    var rows: UInt32 = 0
    /// One bit for each that occurs; numbers of tenants and providers share bits.
    var states: UInt64 = 0
    var channels: UInt64 = 0
    var tenants: UInt64 = 0
    var providers: UInt64 = 0
    var atFrom: Int64 = .max
    var atTo: Int64 = .min
    var messageFrom: Int64 = .max
    var messageTo: Int64 = .min
    /// SHA-256 of the packed bytes.
    var digest: [UInt8] = []

    static let size = 8 + 4 + 4 + 4 * 8 + 4 * 8 + 32

    init(_ block: ArchiveBlock) {
        rows = UInt32(block.count)
        for state in block.column(.state) { states |= Self.bit(state) }
        for channel in block.column(.channel) { channels |= Self.bit(channel) }
        for tenant in block.column(.tenant) { tenants |= Self.bit(tenant) }
        for provider in block.column(.provider) { providers |= Self.bit(provider) }
        for at in block.column(.at) {
            atFrom = min(atFrom, at &+ postgresEpochMicros)
            atTo = max(atTo, at &+ postgresEpochMicros)
        }
        for message in block.column(.message) {
            messageFrom = min(messageFrom, message)
            messageTo = max(messageTo, message)
        }
    }

    static func bit(_ number: Int64) -> UInt64 { 1 << UInt64(truncatingIfNeeded: number & 63) }

    func append(to sink: inout ArchiveSink) {
        sink.put(offset)
        sink.put(packedBytes)
        sink.put(rows)
        for mask in [states, channels, tenants, providers] { sink.put(mask) }
        for bound in [atFrom, atTo, messageFrom, messageTo] { sink.put(bound) }
        sink.put(digest)
    }

    init(from source: inout ArchiveSource) throws {
        offset = try source.number()
        packedBytes = try source.number()
        rows = try source.number()
        states = try source.number()
        channels = try source.number()
        tenants = try source.number()
        providers = try source.number()
        atFrom = try source.number()
        atTo = try source.number()
        messageFrom = try source.number()
        messageTo = try source.number()
        digest = Array(try source.take(32))
    }
}
