/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable {
    package var id: String?
    package var name: String?
    package var data: [UInt8]

    package init(id: String? = nil, name: String? = nil, data: [UInt8]) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// A line end in an id or a name would begin another field, so it is left out; in the data it begins a line.
    func append(to bytes: inout [UInt8]) {
        if let id { Self.field("id: ", id, to: &bytes) }
        if let name { Self.field("event: ", name, to: &bytes) }
        bytes.append(contentsOf: "data: ".utf8)
        var isAfterReturn = false
        for byte in data {
            switch byte {
            case 13: bytes.append(contentsOf: "\ndata: ".utf8)
            case 10 where isAfterReturn: break
            case 10: bytes.append(contentsOf: "\ndata: ".utf8)
            default: bytes.append(byte)
            }
            isAfterReturn = byte == 13
        }
        bytes.append(contentsOf: "\n\n".utf8)
    }

    private static func field(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: value.utf8.lazy.filter { $0 != 10 && $0 != 13 && $0 != 0 })
        bytes.append(10)
    }
}
