import Foundation

/// Tells real time zone names from others. Used by one worker: it remembers what it was asked, because a file
/// has few zones and many rows.
struct TimeZoneNames {
    private var known: [[UInt8]: Bool] = [:]
    private var lastName: [UInt8] = []
    private var lastAnswer = false

    mutating func contains(_ name: Span<UInt8>) -> Bool {
        if name.count == lastName.count, name.indices.allSatisfy({ name[$0] == lastName[$0] }) { return lastAnswer }
        lastName.removeAll(keepingCapacity: true)
        for index in name.indices { lastName.append(name[index]) }
        lastAnswer = look(lastName)
        return lastAnswer
    }

    private mutating func look(_ name: [UInt8]) -> Bool {
        if let answer = known[name] { return answer }
        // A hostile file may have a new name in each row.
        if known.count > 1_000 { known.removeAll() }
        let isPlain =
            name.count <= 40
            && name.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2F, 0x5F: true
                default: false
                }
            }
        let answer = isPlain && !name.isEmpty && TimeZone(identifier: String(decoding: name, as: UTF8.self)) != nil
        known[name] = answer
        return answer
    }
}
